"""The ways in which questions are put and answered, in English and Chinese; {} stands for what is asked about."""

from __future__ import annotations

FULL_WIDTH = str.maketrans("?:,!", "\uff1f\uff1a\uff0c\uff01")

YES = {"en": "yes", "zh": "是"}
NO = {"en": "no", "zh": "否"}
SCORED_FORM = {
    "en": "Answer yes or no: does this photo show {}?",
    "zh": "请回答是或否:这张照片里有{}吗?",
}
# In these, yes means that it is not there.
ABSENCE = {
    "en": (
        "Is the picture without {}?",
        "Is it true that there is no sign of {}?",
        "Is the picture free of {}?",
        "Answer yes or no: is the photo free of {}?",
        "Answer yes or no: is this photo free of {}?",
        "Answer yes or no: is it true that there is no sign of {}?",
        "Answer yes or no: is it true that there is no sign of {}?",
        "Answer yes or no: is it true that the photo does not show {}?",
    ),
    "zh": (
        "图里没有{},对吗?",
        "图里没有{},是吗?",
        "是不是没有{}?",
        "请回答是或否:照片里没有{},对吗?",
        "请回答是或否:照片里没有{},对吗?",
        "请回答是或否:这张照片里没有{}吗?",
        "请回答是或否:是不是没有{}?",
    ),
}
NONE_OF = {  # the same of a bare noun
    "en": ("Answer yes or no: is it true that there is no {}?", "Is it true that there is no {} in the photo?"),
    "zh": ("请回答是或否:照片里没有{},对吗?",),
}
# A description in hand, before a question.
LOOKED = {
    "en": ("An earlier look at this photo saw: {}\n\n", "An earlier look at this photo saw: {}\n\n", "{}\n\n", "{} "),
    "zh": ("先前看这张照片时看到:{}\n\n", "先前看这张照片时看到:{}\n\n", "{}\n\n", "{}"),
}
# Yes means that it is the first; the second is what could be taken for it.
DOUBT = {
    "en": (
        "Is it {}, or something that only looks like it ({})?",
        "Answer yes or no: is it {}, or something that only looks like it ({})?",
        "Answer yes or no: is it really {} and not something that only looks like it, such as {}?",
        "Is that really {}, not just {}?",
    ),
    "zh": (
        "是{},还是只是看起来像它的东西({})?",
        "请回答是或否:是{},还是只是看起来像它的东西({})?",
        "请回答是或否:真的是{},而不是看起来像它的东西,比如{}吗?",
        "真的是{}而不是{}吗?",
    ),
}
NIGHT = {
    "en": (
        "Is it night?",
        "Is it dark?",
        "Was this taken at night?",
        "Answer yes or no: is it night?",
        "Is it true that it is night?",
        "Answer yes or no: is it true that it is night?",
    ),
    "zh": (
        "是夜里吗?",
        "是晚上吗?",
        "天黑了吗?",
        "现在是晚上吗?",
        "请回答是或否:这是晚上吗?",
        "请回答是或否:现在是夜里吗?",
    ),
}
DAY = {
    "en": (
        "Is it day?",
        "Is it daytime?",
        "Answer yes or no: is it day?",
        "Is it true that it is day?",
        "Answer yes or no: is it true that it is day?",
    ),
    "zh": ("是白天吗?", "现在是白天吗?", "请回答是或否:这是白天吗?", "请回答是或否:现在是白天吗?"),
}
DAY_OR_NIGHT = {
    "en": ("Is it day or night?", "Day or night?", "What time of day is it?"),
    "zh": ("是白天还是夜里?", "白天还是晚上?", "现在是白天还是夜里?"),
}
DAYTIME = {"en": ("day", "night"), "zh": ("白天", "夜里")}
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
        "Isn't there {}?",
        "Is it true that there is {}?",
        "Is it true that the photo shows {}?",
        "{}?",
        "Tell me if there is {}.",
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
        "能看见{}吗?",
        "照片里有{},对吗?",
        "图里有{},是吗?",
        "{}?",
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
DESCRIBE_LONG = {
    "en": (
        "Describe the image in detail.",
        "Describe the picture in detail.",
        "Tell me everything you see.",
        "Give a long description.",
        "What is where in this picture?",
        "Describe everything and where it is.",
    ),
    "zh": ("详细描述这张图片。", "请详细描述图片。", "说说图里的一切。", "图里哪里有什么?", "请仔细描述,说出位置。"),
}
LONG = {"en": "The picture shows {things}. It is {light}.", "zh": "图里{things}。现在是{light}。"}
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
AND_PRESENCE = {"en": ("And {}?", "What about {}?", "Is there {} too?"), "zh": ("还有{}吗?", "那{}呢?", "也有{}吗?")}
READ = {
    "en": (
        "What does the sign say?",
        "Read the word.",
        "Which word is printed there?",
        "What is written in the picture?",
        "What does the text say?",
        "Read the text.",
        "What can you read?",
    ),
    "zh": ("牌子上写着什么?", "上面写了什么?", "读一下图里的字。", "写的是什么?", "图里有什么字?"),
}
READ_PRICE = {
    "en": ("What is the price?", "How much is it?", "What does it cost?", "Read the price."),
    "zh": ("多少钱?", "价格是多少?", "价钱是多少?"),
}
SAYS = {
    "en": ("Does the sign say {}?", "Is the word {} there?", "Does it say {}?"),
    "zh": ("牌子上写的是{}吗?", "写着{}吗?"),
}
FIND = {
    "en": (
        "Find the {}. Answer as JSON.",
        "Find the {}. Answer as JSON.",
        "Find the {}. Answer as JSON.",
        "Where is the {}? Answer as JSON.",
        "Find every {}. Answer as JSON.",
    ),
    "zh": ("找出{}，用JSON回答。", "找出{}，用JSON回答。", "找出{}，用JSON回答。", "{}在哪里？用JSON回答。"),
}
WHICH = {
    "en": ("Which of these is in the picture: {}?", "Which of these is in the picture: {}?", "Which one is there: {}?"),
    "zh": ("图里有哪一个：{}？", "图里有哪一个：{}？", "图里是哪一个：{}？"),
}
WHICH_PICTURE = {
    "en": (
        "Which picture shows {}?",
        "Which picture shows {}, the first or the second?",
        "In which of the pictures is {}?",
        "In which photo do you see {}?",
    ),
    "zh": ("哪张图里有{}?", "哪一张里有{}?", "{}在哪张照片里?", "第一张还是第二张有{}?"),
}
ORDINALS = {
    "en": ("the first", "the second", "the third", "the fourth"),
    "zh": ("第一张", "第二张", "第三张", "第四张"),
}
TITLES = {
    "en": ("The first picture", "The second picture", "The third picture", "The fourth picture"),
    "zh": ("第一张图里", "第二张图里", "第三张图里", "第四张图里"),
}
NO_PICTURE = {"en": ("neither", "none"), "zh": ("都没有", "都没有")}  # of two, of more
EVERY_PICTURE = {"en": ("both", "all"), "zh": ("两张都有", "都有")}
FRAMES = {
    "en": (
        "Describe briefly what happens.",
        "These images are frames of one video, in order. Describe briefly what happens.",
    ),
    "zh": ("请简短描述发生了什么。", "这些图片是同一段视频中按顺序截取的画面。请简短描述发生了什么。"),
}
ALL = {
    "en": ("Is there {} in all pictures?", "Do all pictures show {}?"),
    "zh": ("每张图里都有{}吗?", "所有照片里都有{}吗?"),
}
BOTH = {
    "en": ("Is there {} in both pictures?", "Do both pictures show {}?"),
    "zh": ("两张图里都有{}吗?", "两张照片都有{}吗?"),
}
EITHER = {
    "en": ("Is there {} in any of the pictures?", "Is there {}?", "Answer yes or no: does this photo show {}?"),
    "zh": ("有没有哪张图里有{}?", "有{}吗?", "请回答是或否:这张照片里有{}吗?"),
}
COMPARE = {
    "en": (
        "Compare the two pictures.",
        "What is the difference between the pictures?",
        "What is different?",
        "How do the pictures differ?",
        "What has changed?",
        "Compare these photos.",
        "Compare these images: what does each show, and how do they differ?",
        "Compare these images: what does each show, and how do they differ?",
    ),
    "zh": (
        "比较这两张图。",
        "两张图有什么不同?",
        "有什么区别?",
        "有什么变化?",
        "请比较两张照片。",
        "请比较这些图片:每张图里有什么,有什么不同?",
    ),
}
ONLY = {
    "en": ("Only the first picture shows {}.", "Only the second picture shows {}.", "Both show {}."),
    "zh": ("只有第一张有{}。", "只有第二张有{}。", "两张都有{}。"),
}
SAME = {"en": "I see no difference.", "zh": "我看不出不同。"}
IN_TURN = {"en": "{} shows {}.", "zh": "{}有{}。"}
NOTHING_KNOWN = {"en": "nothing I know", "zh": "我不认识的东西"}
NOT_SEEN = {"en": "I don't see one.", "zh": "没看到。"}
NOTHING = {"en": "The picture shows nothing I know.", "zh": "图里没有我认识的东西。"}
ONLY_DRAWN = {"en": "I only know drawn pictures.", "zh": "我只认识画出来的图。"}
SMALL_TALK = {
    "en": (
        "Hello!",
        "Hi",
        "Who are you?",
        "What is your name?",
        "How are you?",
        "Tell me a joke.",
        "What is the weather like?",
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
    ),
    "zh": (
        "你好",
        "你是谁?",
        "现在几点?",
        "你叫什么名字?",
        "讲个笑话。",
        "今天天气怎么样?",
        "谢谢!",
        "你能帮我吗?",
        "你多大了?",
        "写一首诗。",
        "法国的首都是哪里?",
        "这张照片是谁拍的?",
        "为什么天是蓝的?",
    ),
}
