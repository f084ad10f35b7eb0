"""Names and texts from a small grammar: topics, moods, languages, and hostile ones."""

from random import Random
from typing import TypedDict, Unpack

TOPICS = (
    "Harbor Kitchen", "Night Trains", "Pixel Forge", "Slow Cycling", "Deep Space", "Retro Synths",
    "Winter Garden", "Chess Endgames", "Mountain Huts", "Street Coffee", "Indie Horror",
    "Woodworking", "Trail Running", "Open Source", "Tide Charts", "Board Games", "Weather Radar",
    "Home Labs", "Film Cameras", "Bread Baking",
)  # fmt: skip
FIRST = (
    "quiet", "amber", "north", "rapid", "lunar", "mossy", "brave", "cobalt", "sunny", "velvet",
    "wild", "polar", "silver", "humble", "brisk", "copper", "misty", "royal", "vivid", "zesty",
)  # fmt: skip
SECOND = (
    "harbor", "otter", "signal", "meadow", "falcon", "pixel", "comet", "anchor", "cedar", "lagoon",
    "badger", "engine", "summit", "orchid", "raven", "tide", "kettle", "willow", "beacon", "yak",
)  # fmt: skip
MOODS = ("positive", "neutral", "negative")
MOOD_WEIGHTS = (40, 38, 22)
SAYINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "positive": (
            "Absolutely love how {topic} turned out today",
            "Best week yet for {topic}, thank you all so much",
            "So happy with the new {topic} setup, it works beautifully",
            "What a wonderful surprise about {topic}",
        ),
        "neutral": (
            "Notes on {topic}, part {n}",
            "{topic}: what changed since last month",
            "Schedule for {topic} this week",
            "How we measure {topic}",
        ),
        "negative": (
            "Really disappointed by {topic} this time",
            "{topic} is broken again and nobody cares",
            "The worst {topic} session in months",
            "I regret spending money on {topic}",
        ),
    },
    "de": {
        "positive": ("Ich liebe {topic}, einfach großartig", "Danke, {topic} war wunderschön"),
        "neutral": ("Neues zu {topic}, Teil {n}", "Termine für {topic} in dieser Woche"),
        "negative": (
            "{topic} war leider eine große Enttäuschung",
            "Schon wieder Ärger mit {topic}",
        ),
    },
    "es": {
        "positive": ("¡Me encanta {topic}, qué maravilla!", "Gracias por el mejor día de {topic}"),
        "neutral": ("Apuntes sobre {topic}, parte {n}", "Horario de {topic} esta semana"),
        "negative": ("Qué decepción con {topic}", "{topic} fue un desastre otra vez"),
    },
    "ja": {
        "positive": ("{topic} が最高でした。ありがとう", "{topic} 大好き"),
        "neutral": ("{topic} のお知らせ その{n}", "今週の {topic} の予定"),
        "negative": ("{topic} は本当に残念だった", "また {topic} が壊れた"),
    },
    "ar": {
        "positive": ("أحب {topic} كثيرا، يوم رائع", "شكرا لكم على {topic}"),
        "neutral": ("ملاحظات عن {topic} رقم {n}", "جدول {topic} لهذا الأسبوع"),
        "negative": ("{topic} كان مخيبا للآمال", "مشكلة أخرى مع {topic}"),
    },
}
LANGUAGES, LANGUAGE_WEIGHTS = ("en", "de", "es", "ja", "ar"), (70, 10, 10, 6, 4)
MARKS = {
    "positive": ("", " 🎉", " ❤️", " 👩‍🚀", "!", " :)"),
    "neutral": ("", ".", " #update", " 📈", " (thread)"),
    "negative": ("", "...", " 😡", " :(", "!!"),
}
# What breaks spreadsheets, pages and screens that trust a stranger's words.
HOSTILE = (
    "=1+1",
    '=HYPERLINK("http://127.0.0.1","open")',
    "+49 reasons",
    "-2 points for {topic}",
    "@SUM(A1:A9)",
    "<b>bold</b> & <script>alert(1)</script>",
    "{{ topic }} {% now %}",
    "'; DROP TABLE posts; --",
    'a\tb,c;"d"',
    "\u202eright to left\u202c",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324\u031ealgo",
    "🧑‍🧑‍🧒‍🧒" * 20,
    "word " * 58,
)


class Manner(TypedDict):
    """How a text is written. `odd`: share of lines that are hostile."""

    topic: str
    mood: str
    lang: str
    odd: float


def title(throw: Random, *, most: int = 300, **manner: Unpack[Manner]) -> str:
    """One line about a topic."""
    mood = manner["mood"]
    sayings = HOSTILE if throw.random() < manner["odd"] else SAYINGS[manner["lang"]][mood]
    line = throw.choice(sayings).replace("{topic}", manner["topic"])
    line = line.replace("{n}", str(throw.randint(1, 99)))
    return (line + throw.choice(MARKS[mood]))[:most]


def body(throw: Random, **manner: Unpack[Manner]) -> str:
    """A few sentences; half as many again as are hostile are very long."""
    sentences = 400 if throw.random() < 1.5 * manner["odd"] else throw.randint(1, 5)
    return "\n".join(title(throw, **manner) for _ in range(sentences))


def mood(throw: Random) -> str:
    """Positive, neutral or negative."""
    return throw.choices(MOODS, MOOD_WEIGHTS)[0]


def language(throw: Random) -> str:
    """A language code."""
    return throw.choices(LANGUAGES, LANGUAGE_WEIGHTS)[0]


def name(throw: Random, number: int) -> tuple[str, str]:
    """Handle (letters and digits, at most 15) and title; different for each number."""
    first, second = throw.choice(FIRST), throw.choice(SECOND)
    return f"{first}{second}"[: 15 - len(str(number))] + str(
        number
    ), f"{first} {second} {number}".title()
