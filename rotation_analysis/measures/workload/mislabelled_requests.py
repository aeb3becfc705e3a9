"""Requests whose title speaks of another kind than they are filed under.

People file what they want done as a question, and a question as work.  What a title says is no better than
what its author chose; so nothing is corrected, and a measure is only given a second time with these moved.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...files.cells import fold

WORDS: Mapping[str, tuple[str, ...]] = {
    "review": (
        "レビュー", "差分", "プルリク", "確認依頼", "見てください",
        "review", "reviewing", "pull request", "merge request", "diff",
    ),
    "consult": (
        "相談", "質問", "について", "教えて", "比較", "どうすれば", "どちら",
        "選び方", "進め方", "やり方", "使い方", "持ち方",
        "question", "advice", "consultation", "how to", "how should", "which", "about", "compare", "options",
    ),
    "work": (
        "作成", "追加", "変更", "更新", "登録", "増強", "削除", "設定", "拡張", "移行", "停止", "再起動",
        "お願い", "してほしい", "したい",
        "add", "create", "change", "update", "renew", "register", "resize", "increase", "delete", "remove",
        "set up", "configure", "migrate", "restart", "please",
    ),
}  # fmt: skip
"""Kind → words of titles that speak of it; of several kinds the first stands."""


def _as_expressions(words: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Japanese words, which may stand anywhere, and Latin ones, which stand alone.

    They are searched for one after the other, and what stands before a Latin word is looked at after its
    first letter: an expression is fast where each of its branches begins with a letter that is rare.
    """
    japanese = "|".join(word for word in words if not word.isascii())
    latin = "|".join(rf"{w[0]}(?<![a-z0-9].){w[1:]}s?(?![a-z0-9])" for w in words if w.isascii())
    return re.compile(japanese), re.compile(latin)


EXPRESSIONS = {kind: _as_expressions(words) for kind, words in WORDS.items()}


def _speak_of(kind: str, titles: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each title speaks of a kind."""
    japanese, latin = EXPRESSIONS[kind]
    found = np.fromiter(map(bool, map(japanese.search, titles)), dtype=bool, count=len(titles))
    rest = np.flatnonzero(~found)
    found[rest] = [latin.search(titles[place]) is not None for place in rest.tolist()]
    return found


def find_mislabelled(requests: pd.DataFrame) -> pd.Series:
    """The kind that a request's title speaks of, where it is another one; index of those rows only.

    `requests` has `kind` and `title`.  A title that (also) speaks of the kind it is filed under stays, so
    does one that speaks of none, and so do the kinds that no words are known for.

    >>> asked = pd.DataFrame({"kind": ["consult", "review"], "title": ["証明書の更新", "監視の変更レビュー"]})
    >>> find_mislabelled(asked).to_dict()
    {0: 'work'}
    """
    found: dict[object, str] = {}
    told = requests.loc[requests["title"].notna(), ["kind", "title"]]
    for kind in WORDS:
        own = told["title"][told["kind"].eq(kind)]
        silent = own[~_speak_of(kind, own.tolist())]
        folded = [fold(title) for title in silent.tolist()]
        spoken = {other: _speak_of(other, folded) for other in WORDS}
        for place, index in enumerate(silent.index):
            others = [other for other in WORDS if spoken[other][place]]
            if others and kind not in others:
                found[index] = others[0]
    return pd.Series(found, dtype="str", index=pd.Index(list(found), dtype=requests.index.dtype))
