"""How English dresses a number: comparators, percent, money, rates, changes and the numbers inside names."""

from __future__ import annotations

import re

from services.verification.engine.units import CURRENCY_CODES, CURRENCY_SIGNS, CURRENCY_WORDS, NATIONAL
from services.verification.engine.vocabulary import spaced

MORE = r"more than|over|above|exceed(?:s|ed|ing)?|upwards? of|greater than|higher than|in excess of|surpass(?:es|ed|ing)?|topp(?:ed|ing)|tops|beyond|north of"
LEAST = r"at least|no fewer than|no less than|not less than|a minimum of|minimum of|as (?:many|much) as"
LESS = r"less than|fewer than|under|below|lower than|short of|south of"
MOST = r"at most|up to|no more than|not more than|a maximum of|maximum of|at the most"
ABOUT = (
    r"about|around|roughly|approximately|approx\.?|some|circa|ca\.|an estimated|estimated|nearly|almost|close to|just over|just under|"
    r"just above|just below|just short of|just shy of|a little (?:over|under|more than|less than)|slightly (?:over|under|more than|less than)|more or less|in the region of|~|≈"
)
COMPARATORS = (("about", ABOUT), ("at_least", LEAST), ("at_most", MOST), ("more_than", MORE), ("less_than", LESS))
BEFORE = [
    (name, re.compile(rf"(?:^|(?<=[\s(,;:—–-]))(?:{words})\s*(?:an?\s+|the\s+)?$", re.IGNORECASE))
    for name, words in COMPARATORS
]
AFTER = [
    (
        "at_least",
        re.compile(
            r"^\s*(?:\w+\s+){0,2}?or (?:more|higher|above|over|greater)\b|^\s*\+|^-plus\b|^ plus\b", re.IGNORECASE
        ),
    ),
    ("at_most", re.compile(r"^\s*(?:\w+\s+){0,2}?or (?:less|fewer|lower|below|under)\b", re.IGNORECASE)),
    ("about", re.compile(r"^\s*(?:\w+\s+){0,2}?or so\b", re.IGNORECASE)),
]
PERCENT = re.compile(r"\s?%|[\s-]?per\s?cent\b|[\s-]pct\b", re.IGNORECASE)
POINTS = re.compile(r"^(?:\s?%|[\s-]?per\s?cent(?:age)?|[\s-]pct)?[\s-]?(?:points?\b|pp\b|p\.p\.)", re.IGNORECASE)
BASIS_POINTS = re.compile(r"^[\s-]?basis[\s-]points?\b|^\s?bps?\b", re.IGNORECASE)
RATIO = re.compile(r"^\s*(?:-|\s)?(?:in|out of|of every|in every|for every|per)(?:-|\s)(?:every\s+)?$", re.IGNORECASE)
CURRENCY_BEFORE = re.compile(
    rf"({'|'.join(sorted(map(re.escape, CURRENCY_SIGNS), key=len, reverse=True))}|\b(?:{'|'.join(CURRENCY_CODES)}))\s?$"
)
CURRENCY_AFTER = re.compile(
    rf"^[\s-]?(?:({'|'.join(CURRENCY_CODES)})\b|(€|£|\$|¥|₹)|((?i:{'|'.join(NATIONAL)}))?[\s-]?((?i:{'|'.join(CURRENCY_WORDS)}|cent|pence|penny))s?\b)"
)
TIMES = re.compile(r"^[\s-]?(?:times|fold|x\b|×)", re.IGNORECASE)
MULTIPLIERS = {
    "doubled": 2.0,
    "double": 2.0,
    "doubling": 2.0,
    "doubles": 2.0,
    "twice": 2.0,
    "twofold": 2.0,
    "trebled": 3.0,
    "tripled": 3.0,
    "triple": 3.0,
    "threefold": 3.0,
    "tripling": 3.0,
    "triples": 3.0,
    "quadrupled": 4.0,
    "fourfold": 4.0,
    "quadruple": 4.0,
    "fivefold": 5.0,
    "tenfold": 10.0,
    "halved": 0.5,
    "halves": 0.5,
    "halving": 0.5,
    "thrice": 3.0,
}
ONCE = re.compile(
    r"\bonce(?=\s+(?:in|during)\s+(?:the\s+year\s+)?\d{4}\b|\s+(?:last|this)\s+(?:year|month|week)\b)", re.IGNORECASE
)
MULTIPLIER = re.compile(rf"\b(?:{'|'.join(MULTIPLIERS)})\b", re.IGNORECASE)
PER = re.compile(
    r"^[\s,]*(?:per|for every|a|an|each|every|/)\s?(?P<what>[\d,]+(?:\s+\w+)?|second|minute|hour|day|week|month|year|person|head|capita|household|"
    r"litre|liter|gallon|kilogram|kilo|kg|tonne|barrel|passenger|resident|inhabitant|family|child|student|pupil|worker|employee)s?\b",
    re.IGNORECASE,
)
ANNUAL = re.compile(r"^(?:\s+\w+){0,2}?\s+(annually|yearly|monthly|weekly|daily|hourly)\b", re.IGNORECASE)
YEARISH = re.compile(r"^(?:1[0-9]|20|21)\d\d$")
YEAR_BEFORE = re.compile(
    r"(?:\b(?:in|since|by|until|till|through|throughout|from|during|before|after|of|to|and|or|for|year|years|early|late|mid|between|the|an?|than|fiscal|FY|spring|summer|"
    r"autumn|fall|winter|q[1-4]|around|circa|about|jan\w*|feb\w*|mar\w*|apr\w*|may|june?|july?|aug\w*|sep\w*|oct\w*|nov\w*|dec\w*|\d{1,2}(?:st|nd|rd|th)?,?)\s*|[(–—/'’-]\s?)$",
    re.IGNORECASE,
)
COUNTABLE_AFTER = re.compile(
    r"^\s+(?:(?:new|more|other|additional|young|old|local|foreign|civilian|confirmed|registered|dead|injured)\s+)?"
    r"(?:people|persons|men|women|children|jobs|cases|deaths|homes|houses|troops|soldiers|workers|students|pupils|patients|voters|residents|"
    r"members|employees|refugees|migrants|cars|vehicles|schools|hospitals|seats|votes|species|trees|copies|tickets|flights|passengers)\b",
    re.IGNORECASE,
)
RANGE_JOIN = re.compile(r"^\s?(?:-|–|—|to|and|or)\s?$", re.IGNORECASE)
CHANGE_BY = re.compile(r"\bby\s+(?:an?\s+)?(?:\w+\s+){0,2}$", re.IGNORECASE)
LEVEL_TO = re.compile(
    r"\b(?:to|at|stands? at|stood at|reach(?:ed|es|ing)?|hit(?:s|ting)?|total(?:led|s|ed|ing)?)\s+(?:an?\s+|the\s+)?(?:\w+\s+){0,3}$",
    re.IGNORECASE,
)
BASE_FROM = re.compile(r"\bfrom\s+(?:an?\s+)?(?:(?!to\b|by\b)[a-z]+\s+){0,2}$", re.IGNORECASE)
MOVES = re.compile(
    r"\b(?:rise|rose|risen|rising|rises|increas\w+|grow\w*|grew|climb\w*|soar\w*|jump\w*|surg\w+|gain\w*|fall|fell|fallen|falling|falls|declin\w+|decreas\w+|drop\w*|"
    r"shrank|shrunk|shrink\w*|plung\w+|slump\w*|tumbl\w+|dipp?\w*|cut|cuts|cutting|reduc\w+|rais\w+|up|down|higher|lower|slip\w*|swell\w*|expand\w*|contract\w*|"
    r"more|fewer|less|better|worse|cheaper|dearer|growth|hike\w*|lost|los\w+|add\w*|slash\w*|improv\w+|widen\w*|narrow\w*|warm\w*|cool\w*|advanc\w+|retreat\w*|edg\w+|inch\w+|ticked|ease[ds]?)\b",
    re.IGNORECASE,
)
METRES_AHEAD = re.compile(
    r"^\s+(?:long|high|tall|deep|wide|away|sprint|race|hurdles|dash|freestyle|below|above|from|across)\b", re.IGNORECASE
)
POUNDS_OF_MASS = re.compile(
    r"weigh|heav|\bof (?:meat|food|fish|beef|rice|cocaine|drugs|explosives|waste|trash|plastic|coal|sugar|weight|fat|body)|lost|gained|overweight",
    re.IGNORECASE,
)
LABEL_BEFORE = re.compile(
    r"(?:\b(?:article|section|chapter|flight|resolution|highway|route|channel|apollo|boeing|airbus|iphone|windows|number|no\.|title|phase|level|group|proposition|prop|"
    r"amendment|category|grade|area|district|room|page|tier|type|covid|formula|pier|gate|platform|line|bus|interstate|motorway|catch|rule|clause|paragraph|figure|table|"
    r"house bill|senate bill|bill|act|decree|order|model|version|volume|episode|season|stage|zone|ward|precinct|unit|block|building|apartment|lot|case)\s|[A-Z][A-Za-z]*[-–])$",
    re.IGNORECASE,
)
NUMBER_ONE = re.compile(r"\b(?:number|no\.)\s*$", re.IGNORECASE)
SCORE_CONTEXT = re.compile(
    r"\b(?:w[io]n|beat\w*|lost|los(?:e|ing)|defeat\w*|draw|drew|score\w*|goal\w*|vote[ds]?|victory|match|ruling|ruled|decision|approv\w+|pass(?:ed|es)?|adopt\w*|reject\w*|back(?:ed|s)?)\b",
    re.IGNORECASE,
)
AGE_BEFORE = re.compile(r"\b(?:aged?|age of|ages)\s*$", re.IGNORECASE)
OLD_AFTER = re.compile(r"^[\s-]old\b", re.IGNORECASE)
UP = frozenset(spaced("""rise raise double triple gain more higher up improve add warm growth widen advance"""))
DOWN = frozenset(spaced("""fall reduce lose less few fewer lower down cheap halve narrow cool retreat ease"""))
TIME_SECONDS = {
    "second": 1.0,
    "minute": 60.0,
    "hour": 3600.0,
    "day": 86400.0,
    "week": 604800.0,
    "month": 2629800.0,
    "year": 31557600.0,
    "hourly": 3600.0,
    "daily": 86400.0,
    "weekly": 604800.0,
    "monthly": 2629800.0,
    "annually": 31557600.0,
    "yearly": 31557600.0,
}
SUPERLATIVE = re.compile(
    r"\b(?:the|its|their|our|his|her|['’]s|s['’])\s+(?:(?:\w+['’]s?|single|world|country)\s+)?"
    r"(?P<word>(?:largest|biggest|highest|tallest|longest|oldest|youngest|richest|poorest|smallest|lowest|shortest|deepest|fastest|slowest|"
    r"heaviest|busiest|deadliest|costliest|cheapest|hottest|coldest|warmest|wettest|driest|worst|best|greatest|strongest|weakest|newest|"
    r"most \w+|least \w+|number one))\b",
    re.IGNORECASE,
)
AND_A_HALF = re.compile(
    r"\b(?:an?|one)\s+(?P<unit>second|minute|hour|day|week|month|year|decade|century|mile|kilomet(?:re|er)|met(?:re|er)|tonne|ton|litre|liter|inch|foot|pound|acre|hectare)\s+and\s+an?\s+(?P<part>half|quarter)\b",
    re.IGNORECASE,
)
OF_A = re.compile(
    r"\s(?:of\s)?an?(?=\s(?:percent|per cent|percentage|point|second|minute|hour|day|week|month|year|decade|century|mile|kilomet|met(?:re|er)|tonne|ton|lit(?:re|er)|inch|foot|pound|acre|hectare|degree|dollar|euro|pint|gallon)s?)",
    re.IGNORECASE,
)
EVERY_NTH = re.compile(
    r"\b(?:every|each)\s+(?P<nth>second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|twelfth|twentieth|\d+(?:nd|rd|th))\s+(?!time|day|week|month|year|hour|minute|quarter|night|weekend)(?=\w)",
    re.IGNORECASE,
)
