"""A watch's condition, however it is put, becomes one question whose answer is yes or no."""

import pytest

from prompts.conditions import (
    condition_of,
    form_of,
    other_way_round,
    question_of,
    shows,
    with_description,
    yes_or_no,
)

THINGS = (
    "smoke",
    "a person without a helmet",
    "people who are smoking",
    "can on the ground",
    "has-been",
    "烟雾或火",
    "没戴安全帽的人",
    "没有戴口罩的工人",
    "戴安全帽的人",
    "有害垃圾",
    "路被淹没",
    "不锈钢水管",
    "红灯",
    "无人机",
    "有机蔬菜",
    "很多人",
    "women's clothing",
)
STATEMENTS = (
    "nobody is at the counter",
    "the gate isn't closed",
    "a person has fallen down",
    "there is smoke",
    "there's a fire",
    "somebody looks into the camera",
    "有人没戴安全帽",
    "没有人",
    "门开着",
    "水漫出来了",
    "狗在沙发上",
    "房子着火",
    "门口有包裹",
    "锅里的水开了",
    "门口停了一辆车",
    "所有人都戴安全帽",
    "有机器人",
    "人很多",
    "someone’s at the door",
    "the front door’s open",
    "It's raining",
    "停车场有空位",
    "未佩戴口罩",
)
QUESTIONS = (
    "is there smoke",
    "冒烟了？",
    "有没有烟",
    "有人没戴安全帽吗",
    "Does the sign say EXIT?",
    "are they ill",
    "is my cat on the sofa",
    "has anything changed",
    "有烟吗。",
    "门关了么",
    "门口有人没",
)


@pytest.mark.parametrize(
    ("form", "conditions"),
    [
        ("thing", THINGS),
        ("statement", STATEMENTS),
        ("question", QUESTIONS),
        ("absence", ("no helmet", "Nobody at the counter")),
    ],
)
def test_the_words_tell_what_a_condition_is(form, conditions):
    assert {condition: form_of(condition) for condition in conditions} == dict.fromkeys(conditions, form)


@pytest.mark.parametrize(
    ("condition", "language", "question"),
    [
        ("fire", "en", "Answer yes or no: does this photo show fire?"),
        ("a person without a helmet.", "en", "Answer yes or no: does this photo show a person without a helmet?"),
        (
            "nobody is at the counter",
            "en",
            "Answer yes or no: is it true that there is no sign of a person at the counter?",
        ),
        ("there's no one there", "en", "Answer yes or no: is it true that there is no sign of a person?"),
        ("somebody is not well", "en", "Answer yes or no: is it true that somebody is not well?"),
        ('the sign says "no entry"', "en", 'Answer yes or no: does the sign say "no entry"?'),
        ("门关了没有", "zh-hans", "请回答是或否:门关了没有"),
        ("灯亮了没", "zh-hans", "请回答是或否:灯亮了没"),
        ("门开没开", "zh-hans", "请回答是或否:门开没开"),
        ("桌上什么都没有", "zh-hans", "请回答是或否:这张照片里桌上什么都没有吗?"),
        ("no helmet", "en", "Answer yes or no: is it true that there is no sign of helmet?"),
        ("is there no fire?", "en", "Answer yes or no: is it true that there is no sign of fire?"),
        (
            "No one at the counter",
            "en",
            "Answer yes or no: is it true that there is no sign of a person at the counter?",
        ),
        ("Smoke or fire", "en", "Answer yes or no: does this photo show smoke or fire?"),
        ("Is there smoke?", "en", "Answer yes or no: is there smoke?"),
        ("TV", "en", "Answer yes or no: does this photo show TV?"),
        ("The sign says STOP", "en", "Answer yes or no: does the sign say STOP?"),
        ("somebody wears a mask", "en", "Answer yes or no: does somebody wear a mask?"),
        ("Nobody is in the picture", "en", "Answer yes or no: is it true that there is no sign of a person?"),
        ("nobody", "en", "Answer yes or no: is it true that there is no sign of a person?"),
        ("现在没有人", "zh-hans", "请回答是或否:照片里没有人,对吗?"),
        ("现在", "zh-hans", "请回答是或否:这张照片里有现在吗?"),
        ("现在是晚上", "zh-hans", "请回答是或否:这张照片里是晚上吗?"),
        ("没人在门口", "zh-hans", "请回答是或否:照片里没有人在门口,对吗?"),
        ("there is smoke", "en", "Answer yes or no: is there smoke?"),
        ("there's a fire", "en", "Answer yes or no: is there a fire?"),
        ("there's been an accident", "en", "Answer yes or no: is it true that there's been an accident?"),
        ("The gate is open", "en", "Answer yes or no: is the gate open?"),
        ("Anna is at the door", "en", "Answer yes or no: is Anna at the door?"),
        ("the gate isn't closed", "en", "Answer yes or no: is it true that the gate isn't closed?"),
        ("a person has fallen down", "en", "Answer yes or no: is it true that a person has fallen down?"),
        ("is there smoke?", "en", "Answer yes or no: is there smoke?"),
        ("冒烟了？", "zh-hans", "请回答是或否:冒烟了？"),
        ("火", "zh-hans", "请回答是或否:这张照片里有火吗?"),
        ("没有人", "zh-hans", "请回答是或否:照片里没有人,对吗?"),
        ("有人没戴安全帽。", "zh-hans", "请回答是或否:这张照片里有人没戴安全帽吗?"),
        ("没戴安全帽的人", "zh-hans", "请回答是或否:这张照片里有没戴安全帽的人吗?"),
        ("for smoke", "en", "Answer yes or no: does this photo show smoke?"),
        ("for sale sign", "en", "Answer yes or no: does this photo show for sale sign?"),
        ("tell me if the gate is open", "en", "Answer yes or no: is the gate open?"),
        ("Can you tell me if there's smoke?", "en", "Answer yes or no: is there smoke?"),
        ("I want to know whether the gate is open or not", "en", "Answer yes or no: is the gate open?"),
        ("if the gate is open, please let me know", "en", "Answer yes or no: is the gate open?"),
        ("check for smoke", "en", "Answer yes or no: does this photo show smoke?"),
        ("alert me about smoke", "en", "Answer yes or no: does this photo show smoke?"),
        ("there is no more milk", "en", "Answer yes or no: is it true that there is no sign of milk?"),
        ("no sign of life", "en", "Answer yes or no: is it true that there is no sign of life?"),
        (
            "no more than two cats",
            "en",
            "Answer yes or no: is it true that there is no sign of more than two cats?",
        ),
        ("Somebody's without a mask", "en", "Answer yes or no: is somebody without a mask?"),
        ("not everyone is masked", "en", "Answer yes or no: is it true that not everyone is masked?"),
        ("there's no longer smoke", "en", "Answer yes or no: is it true that there's no longer smoke?"),
        ("When there’s a fire", "en", "Answer yes or no: is there a fire?"),
        ("if you see a cat", "en", "Answer yes or no: does this photo show a cat?"),
        ("the gate isn’t closed", "en", "Answer yes or no: is it true that the gate isn't closed?"),
        ("someone’s bag", "en", "Answer yes or no: does this photo show someone's bag?"),
        ("No light is on", "en", "Answer yes or no: is it true that no light is on?"),
        ("there is nothing on the table", "en", "Answer yes or no: is it true that there is nothing on the table?"),
        ("Noah is at the door", "en", "Answer yes or no: is Noah at the door?"),
        ("is my cat on the sofa", "en", "Answer yes or no: is my cat on the sofa"),
        ("如果有烟就告诉我", "zh-hans", "请回答是或否:这张照片里有烟吗?"),
        ("有人来的时候提醒我一下", "zh-hans", "请回答是或否:这张照片里有人来吗?"),
        ("照片里有猫", "zh-hans", "请回答是或否:这张照片里有猫吗?"),
        ("有烟吗。", "zh-hans", "请回答是或否:有烟吗"),
        ("有烟的话马上告诉我", "zh-hans", "请回答是或否:这张照片里有烟吗?"),
        ("当门打开时通知我", "zh-hans", "请回答是或否:这张照片里有门打开吗?"),
        ("请告诉我有没有烟", "zh-hans", "请回答是或否:有没有烟"),
        ("一有烟就告诉我", "zh-hans", "请回答是或否:这张照片里有烟吗?"),
        ("每次下雨了请通知", "zh-hans", "请回答是或否:这张照片里下雨了吗?"),
        ("水开了叫我", "zh-hans", "请回答是或否:这张照片里水开了吗?"),
        ("停电通知", "zh-hans", "请回答是或否:这张照片里有停电通知吗?"),
        ("当前没有人", "zh-hans", "请回答是或否:照片里没有人,对吗?"),
        ("没有牵绳的狗", "zh-hans", "请回答是或否:这张照片里有没牵绳的狗吗?"),
        ("着火啦！", "zh-hans", "请回答是或否:这张照片里着火了吗?"),
        ("发现有人抽烟", "zh-hans", "请回答是或否:这张照片里有人抽烟吗?"),
        ("没有戴安全帽的人", "zh-hans", "请回答是或否:这张照片里有没戴安全帽的人吗?"),
        ("无人机", "zh-hans", "请回答是或否:这张照片里有无人机吗?"),
        ("{{ 7 * 7 }}", "en", "Answer yes or no: does this photo show {{ 7 * 7 }}?"),
    ],
)
def test_a_condition_becomes_a_question_with_the_instruction_first(condition, language, question):
    assert yes_or_no(condition, language) == question


@pytest.mark.parametrize(
    ("condition", "language", "question"),
    [
        ("smoke", "en", "Answer yes or no: is it true that there is no sign of smoke?"),
        ("is there smoke or fire?", "en", "Answer yes or no: is it true that there is no sign of smoke or fire?"),
        ("are there any cars in the picture?", "en", "Answer yes or no: is it true that there is no sign of cars?"),
        ("there is a fire", "en", "Answer yes or no: is it true that there is no sign of a fire?"),
        ("no helmet", "en", "Answer yes or no: does this photo show helmet?"),
        ("there's been an accident", "en", None),
        ("the gate is open", "en", None),
        ("a person without a helmet", "en", None),
        ("Does the sign say EXIT?", "en", None),
        ("there's nothing on the table", "en", None),
        ("no light is on", "en", None),
        ("Is there smoke? Is there fire?", "en", None),
        ("没有火了", "zh-hans", "请回答是或否:这张照片里有火吗?"),
        ("没有人戴着安全帽", "zh-hans", "请回答是或否:这张照片里有人戴着安全帽吗?"),
        ("火", "zh-hans", "请回答是或否:照片里没有火,对吗?"),
        ("有烟么", "zh-hans", "请回答是或否:照片里没有烟,对吗?"),
        ("没有戴安全帽的人", "zh-hans", None),
        ("没有红色的车", "zh-hans", "请回答是或否:这张照片里有红色的车吗?"),
        ("图里有没有烟?", "zh-hans", "请回答是或否:照片里没有烟,对吗?"),
        ("没有人", "zh-hans", "请回答是或否:这张照片里有人吗?"),
        ("有人没戴安全帽", "zh-hans", None),
        ("门开着", "zh-hans", None),
    ],
)
def test_a_condition_is_turned_round_only_where_that_is_plain_language(condition, language, question):
    assert other_way_round(condition, language) == question


def test_a_thing_is_asked_for_by_its_name_whatever_that_begins_with():
    assert shows("No parking sign", "en") == "Answer yes or no: does this photo show no parking sign?"
    assert shows("有轨电车", "zh-hans") == "请回答是或否:这张照片里有有轨电车吗?"


def test_what_an_earlier_look_saw_goes_before_the_question():
    asked = with_description("fire", "en", "a red {{ ball }}")
    assert asked.startswith("An earlier look at this photo saw: a red {{ ball }}\n")
    assert asked.endswith(yes_or_no("fire", "en"))


def test_people_read_the_question_as_a_sentence():
    assert question_of("smoke", "en") == "Does this photo show smoke?"
    assert question_of("is there smoke?", "en") == "Is there smoke?"
    assert question_of("火", "zh-hans") == "这张照片里有火吗?"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('"is there smoke?"', "is there smoke?"),
        ("  “fire”\n", "fire"),
        ("a\n b", "a b"),
        ('""', ""),
        ('the sign says "no entry"', 'the sign says "no entry"'),
    ],
)
def test_a_condition_is_kept_in_one_line_without_quotes(written, kept):
    assert condition_of(written) == kept
