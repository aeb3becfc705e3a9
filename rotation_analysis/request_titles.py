"""Requests whose title speaks of another kind than they are filed under.

People file what they want done as a question, and a question as work.  What a title says is no better than
what its author chose; so nothing is corrected, and a measure is only given a second time with these moved.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from .cells import fold

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


def _as_expression(words: tuple[str, ...]) -> re.Pattern[str]:
    """A Latin word stands alone; a Japanese one may stand anywhere.

    What stands before a word is looked at after its first letter: only an expression whose branches all begin
    with a letter is searched for by that letter, seven times as fast.
    """
    return re.compile(
        "|".join(rf"{w[0]}(?<![a-z0-9].){w[1:]}s?(?![a-z0-9])" if w.isascii() else w for w in words)
    )


EXPRESSIONS = {kind: _as_expression(words) for kind, words in WORDS.items()}


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
    for kind, expression in EXPRESSIONS.items():
        own = told["title"][told["kind"].eq(kind)]
        titles = own.tolist()
        spoken_of = np.fromiter(map(bool, map(expression.search, titles)), dtype=bool, count=len(titles))
        silent = own[~spoken_of]
        for index, title in zip(silent.index, silent.tolist(), strict=True):
            text = fold(title)
            spoken = [other for other, words in EXPRESSIONS.items() if words.search(text)]
            if spoken and kind not in spoken:
                found[index] = spoken[0]
    return pd.Series(found, dtype="str", index=pd.Index(list(found), dtype=requests.index.dtype))
