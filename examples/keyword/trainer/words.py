# SPDX-License-Identifier: Apache-2.0
"""What is said: the keywords, words that must not be taken for them, and phrases of these.

To train other words, change TARGETS (and remove their homophones from the other lists).
"""

from __future__ import annotations

import numpy as np


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TARGETS = ("yes", "no", "on", "off")
LABELS = ("silence", "unknown", *TARGETS)
SILENCE, UNKNOWN = 0, 1

# Other ways to say a keyword, in eSpeak NG's phoneme notation.
PRONUNCIATIONS = {
    "yes": ("[[j'Es]]", "[[j'E:s]]", "[[j'e@s]]"),
    "no": ("[[n'oU]]", "[[n'o:]]", "[[n'@U]]"),
    "on": ("[[0n]]", "[[A:n]]", "[[O:n]]"),
    "off": ("[[0f]]", "[[O:f]]", "[[A:f]]"),
}

CONFUSABLE = _words("""
an and ask awful chess cough don fun go gone guess hello honest if in john less low mess none
nose not note now of office often oh one own press ran show sniff snow so stuff us was yesterday
yet you young
""")
COMMON = _words("""
about after again air all also always animal answer apple around away back bed before best
better between big bird black blue book both bottle boy bread bring brother brown build busy
button buy call came cat chair change child city clean clear close cold come computer cook could
country cup cut dance day did dinner dog door down dream drink drive early earth easy eat eight
end even every eye face fall family far fast father feel few find fine fire first fish five
flower follow food foot forward four friend from garden get girl give glass good great green
group grow hand happy hard have head hear heart heavy help here high hold home horse hot house
how hundred idea into jump just keep kind kitchen large last late learn leave left letter life
light like line listen little live long look made make many marvin may milk minute money month
moon more morning mother mountain move much music must name near never new next night nine
nothing number open orange order other our out over page paper people picture place plant play
please pretty question quick rain read red rest right river road room round run say school sea
second see seven sheila ship short sing sister sit six sleep slow small smile some song soon
sound speak spring stand star start stop story street strong student summer sun table take talk
tall teach tell ten thank their there thing think this three time today together tomorrow town
train travel tree try turn two under up very visit voice wait walk wall want warm watch water
way week well what when where white who why will window winter with woman word work world write
wrong year yellow zero
""")
# Never trained: an unknown word has to stay unknown even when it was not among the examples.
HELD_OUT = _words("""
across alone become begin behind believe bicycle bridge butter camera candle ceiling cheese
circle coffee corner cousin decide doctor dollar engine evening finger finish forest forget
guitar hammer history island jacket journey knife ladder lemon machine market mirror moment
needle nobody notice onion offer ocean pencil pepper pocket potato quiet rabbit rocket salad
season shadow silver simple spoon station success sugar tiger unless valley village yard
yesterday's yolk
""")


def vocabulary(held_out: bool) -> tuple[str, ...]:
    """Words that are no keyword; with `held_out`, those never trained and the confusable ones."""
    return CONFUSABLE + (HELD_OUT if held_out else COMMON)


def phrase(rng: np.random.Generator, held_out: bool) -> str:
    """Three to eight words with no keyword among them, spoken in one breath.

    In training one word in five is confusable; held-out phrases have ordinary words only.
    """
    ordinary, share = (HELD_OUT + COMMON, 0.0) if held_out else (COMMON, 0.2)
    return " ".join(
        str(rng.choice(CONFUSABLE if rng.random() < share else ordinary))
        for _ in range(int(rng.integers(3, 9)))
    )
