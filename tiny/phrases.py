"""The ways in which questions are put and answered, in English and Chinese; {} stands for what is asked about."""

from __future__ import annotations

FULL_WIDTH = str.maketrans("?:,!", "\uff1f\uff1a\uff0c\uff01")

YES = {"en": "yes", "zh": "是"}
NO = {"en": "no", "zh": "否"}
SCORED_FORM = {
    "en": "Answer yes or no: does this photo show {}?",
    "zh": "请回答是或否:这张照片里有{}吗?",
}
PRESENCE = {
    "en": (
        "Is there {}?",
        "Is there {} in the picture?",
        "Is there {} in this image?",
        "Do you see {}?",
        "Can you see {} in the photo?",
        "Does this photo show {}?",
        "Does the picture contain {}?",
        "Is {} visible?",
    ),
    "zh": (
        "有{}吗?",
        "图里有{}吗?",
        "图中有{}吗?",
        "图里有没有{}?",
        "有没有{}?",
        "这张照片里有{}吗?",
        "图片里能看到{}吗?",
        "你看到{}了吗?",
    ),
}
DESCRIBE_FORM = {"en": "Describe the image briefly and accurately.", "zh": "请简短准确地描述这张图片。"}
DESCRIBE = {
    "en": (
        "Describe the image.",
        "Describe this picture.",
        "What is in this picture?",
        "What do you see?",
        "What does the photo show?",
        "What's this?",
        "Describe the image in detail.",
        "List the things in the picture.",
    ),
    "zh": (
        "描述这张图片。",
        "图里有什么?",
        "你看到了什么?",
        "这是什么?",
        "请描述图片。",
        "照片里有什么?",
        "说说这张图。",
    ),
}
COLOUR = {
    "en": (
        "What colour is the {}?",
        "What color is the {}?",
        "Which colour does the {} have?",
        "the {} is what colour?",
    ),
    "zh": ("{}是什么颜色?", "{}是什么颜色的?", "图里的{}是什么颜色?"),
}
COUNT = {
    "en": ("How many {} are there?", "How many {} do you see?", "How many {} are in the picture?"),
    "zh": ("有几个{}?", "图里有几个{}?", "图里有多少个{}?"),
}
WHERE = {
    "en": ("Where is the {}?", "Where is the {} in the picture?", "In which part of the picture is the {}?"),
    "zh": ("{}在哪里?", "{}在图的什么位置?", "{}在哪儿?"),
}
PRONOUN_COLOUR = {
    "en": ("What colour is it?", "And its colour?", "What color is it?"),
    "zh": ("它是什么颜色?", "什么颜色的?"),
}
PRONOUN_WHERE = {"en": ("Where is it?", "And where is it?"), "zh": ("它在哪里?", "在哪里?")}
NOT_SEEN = {"en": "I don't see one.", "zh": "没看到。"}
NOTHING = {"en": "The picture shows nothing I know.", "zh": "图里没有我认识的东西。"}
ONLY_DRAWN = {"en": "I only know drawn pictures.", "zh": "我只认识画出来的图。"}
SMALL_TALK = {
    "en": (
        "Hello!",
        "Hi",
        "What time is it?",
        "Who are you?",
        "What is your name?",
        "How are you?",
        "Tell me a joke.",
        "What is the weather like?",
        "Where was this photo taken?",
        "What is the capital of France?",
        "Who painted this?",
        "Write a poem.",
        "Thank you!",
        "Can you help me?",
        "How old are you?",
        "What is 2 plus 2?",
        "Translate this sentence.",
        "What should I cook today?",
        "Why is the sky blue?",
        "Who took this photo?",
        "Is it expensive?",
        "What is the price?",
        "What does the text say?",
    ),
    "zh": (
        "你好",
        "你是谁?",
        "现在几点?",
        "你叫什么名字?",
        "讲个笑话。",
        "今天天气怎么样?",
        "这是在哪里拍的?",
        "谢谢!",
        "你能帮我吗?",
        "你多大了?",
        "写一首诗。",
        "法国的首都是哪里?",
        "这张照片是谁拍的?",
        "多少钱?",
        "上面写了什么?",
        "为什么天是蓝的?",
    ),
}
