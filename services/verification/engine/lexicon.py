"""What news English says in more than one way, and what means the opposite. General vocabulary, no topics."""

from __future__ import annotations

from functools import lru_cache

from services.verification.engine.vocabulary import spaced
from services.verification.engine.words import base

# One line per concept; the first word names it.
SAME = """
rise increase grow climb soar jump surge gain swell expand leap rocket accelerate up higher upward growth hike mount
fall decrease decline drop shrink plunge slump tumble sink dip slip contract dwindle down lower downward slide plummet
reduce cut slash trim lessen curb
raise boost lift hike
double twofold
triple treble threefold
win triumph victory prevail
lose defeat loss
beat defeat vanquish
approve pass adopt back endorse ratify greenlight
reject refuse veto block decline rebuff
support favour favor back
oppose object
allow permit let authorise authorize legalise legalize
ban prohibit outlaw forbid bar
open launch inaugurate
close shut shutter closure
start begin commence launch
stop halt end cease quit finish
buy purchase acquire acquisition
sell sale
kill slay murder
die perish
hurt injure wound
arrest detain apprehend
jail imprison incarcerate
release free
hire recruit employ
fire dismiss sack
resign quit
elect vote
appoint name nominate
say state claim tell announce declare
deny dispute refute
confirm verify
admit acknowledge concede
accuse allege
convict sentence
acquit clear exonerate
cause trigger provoke induce
prevent avert stop
cure heal
show reveal demonstrate indicate find
show depict portray
use utilise utilize employ
receive get obtain
give donate grant provide
need require
live reside inhabit
resident inhabitant dweller
build construct
destroy demolish ruin wreck
flood inundate
car vehicle automobile auto
plane aircraft airplane aeroplane jet
ship vessel
doctor physician medic
hospital clinic
child kid youngster
teen teenager adolescent
pupil student schoolchild
woman female
man male
person individual human
firm company business corporation enterprise
job employment position
job work
worker employee staff
unemployed jobless
unemployment joblessness
wage salary pay earnings income
price cost
rent rental
house home dwelling housing
flat apartment
country nation state
city town municipality
capital seat
government administration
law legislation act statute
bill legislation
court tribunal
judge justice
police officer cop
soldier troop
election poll ballot
tax levy duty
budget spending expenditure
money fund cash
loan credit
debt liability
virus coronavirus
covid coronavirus
vaccine vaccination jab shot inoculation
vaccinate immunise immunize inoculate
illness disease sickness
patient case
study research
scientist researcher
report publish
photo photograph picture image
video footage clip
fake fabricate forge doctor bogus hoax
genuine real authentic
big large huge enormous
small little tiny
old elderly aged
rich wealthy affluent
poor impoverished
fast quick rapid
dangerous hazardous unsafe
safe secure
illegal unlawful
legal lawful
crime offence offense
migrant immigrant
refugee asylum
border frontier
petrol gasoline
electricity power
oil crude
rain rainfall precipitation
fire blaze wildfire
storm hurricane cyclone typhoon
earthquake quake tremor
annual yearly
monthly
quarter quarterly
tall high
long length
deep depth
heavy weigh weight
average mean
roughly about
highest largest biggest greatest most top maximum
lowest smallest least bottom minimum
film movie
football soccer
university college
school
trash rubbish garbage waste
autumn fall
lawyer attorney solicitor
senator
leader head chief
boss chief
deputy vice
mayor
minister secretary
secret confidential
ancient
attend visit
depart leave exit
enter join
move relocate shift
travel journey trip
arrive reach
hide conceal
warn caution
help aid assist assistance
attack assault
try attempt
want wish
plan intend
export
import
eat consume
drink
produce make manufacture
generate produce
last endure
cover span
contain include hold
own possess
owner proprietor
suffer
worldwide global globally
per each
""".strip().splitlines()

OPPOSITES = (
    """
rise fall|rise reduce|raise reduce|raise fall|win lose|beat lose|approve reject|support oppose|support reject|approve oppose
allow ban|open close|start stop|buy sell|hire fire|arrest release|jail release|convict acquit|confirm deny|admit deny
accept reject|accept refuse|cause prevent|cause cure|safe dangerous|legal illegal|real fake|genuine fake|true false|rich poor
big small|old young|old new|fast slow|hot cold|warm cold|warm cool|heat cool|highest lowest|first last|before after|early late
import export|public private|urban rural|man woman|boy girl|husband wife|father mother|son daughter|brother sister|north south
east west|northern southern|eastern western|left right|left-wing right-wing|day night|alive die|live die|birth die|guilty innocent
enter leave|join leave|arrive leave|arrive depart|strong weak|strengthen weaken|strength weakness|cheap expensive|majority minority
gross net|above below|inside outside|always never|everyone nobody|everything nothing|maximum minimum|full empty|wet dry|light dark
light heavy|long short|tall short|wide narrow|high low|deep shallow|good bad|improve worsen|help harm|benefit harm|lead trail
ally enemy|friend enemy|attack defend|lend borrow|lender borrower|teacher student|employer employee|landlord tenant
democrat republican|liberal conservative|surplus deficit|profit loss|asset debt|create destroy|build destroy|protect destroy
permanent temporary|voluntary mandatory|optional mandatory|domestic foreign|present absent|include exclude|remember forget|love hate
praise criticise|praise criticize|peace war|success failure|succeed fail|increase decrease|more less|more few|better worse
encourage discourage|employed unemployed|vaccinated unvaccinated|accelerate slow|expand shrink|ascend descend|adult child
find lose|give take|push pull|upgrade downgrade|tighten ease|tighten loosen|hawkish dovish|overestimate underestimate
outperform underperform|exceed miss|appoint dismiss|appoint fire|elect oust|ratify reject|lengthen shorten|spend save
winner loser|victim perpetrator|buyer seller|supply demand|incumbent challenger|morning evening|summer winter|spring autumn
daily weekly|weekly monthly|monthly annual|daily annual|quarter annual|median average|real nominal|male female|introduce abolish
introduce scrap|keep scrap|keep abolish|extend shorten|extend end|renew cancel|agree disagree|agree refuse|trust distrust|appear disappear
occupied vacant|free captive|free jail|upper lower|major minor|positive negative|optimistic pessimistic|natural artificial
alcoholic sober|solid liquid|lift impose|ease impose|connect disconnect|delay hasten|deport admit|pardon convict|acquire divest
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
NEGATIVE_PREFIXES = ("un", "in", "im", "il", "ir", "non", "dis", "mis", "anti", "de")
NOT_NEGATED = frozenset(
    spaced("""under until union unit unite unique universe interest income increase inform include industry import impose impact issue discuss display district
distance discover indicate indeed inside instance institution introduce invest involve""")
)


@lru_cache(maxsize=1)
def _concepts() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for line in SAME:
        words = line.split()
        for word in words:
            table.setdefault(base(word), set()).add(base(words[0]))
    return {word: frozenset(names) for word, names in table.items()}


@lru_cache(maxsize=1)
def _opposites() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for pair in OPPOSITES:
        a, b = (base(word) for word in pair.split())
        table.setdefault(a, set()).add(b)
        table.setdefault(b, set()).add(a)
    return {word: frozenset(others) for word, others in table.items()}


@lru_cache(maxsize=50_000)
def concepts(word: str) -> frozenset[str]:
    """The concepts a base form can stand for; itself when it is in no list."""
    return _concepts().get(word, frozenset()) | {word}


@lru_cache(maxsize=200_000)
def alike(a: str, b: str) -> bool:
    """True when two base forms can mean the same: one concept, or one word grown from the other."""
    if a == b or concepts(a) & concepts(b):
        return True
    short, long = sorted((a, b), key=len)
    return len(short) >= 4 and long.startswith(short) and len(long) - len(short) <= 4 and not opposite(a, b)


@lru_cache(maxsize=50_000)
def _opposites_of(word: str) -> frozenset[str]:
    """Every concept that is an opposite of one the word can stand for."""
    return frozenset[str]().union(*(_opposites().get(name, frozenset()) for name in concepts(word)))


@lru_cache(maxsize=200_000)
def opposite(a: str, b: str) -> bool:
    """True when two base forms are opposites: by list, or one is the other with a negative prefix."""
    if a == b:
        return False
    if _opposites_of(a) & concepts(b):
        return True
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    if len(short) < 4 or not long.startswith(NEGATIVE_PREFIXES):
        return False
    return long not in NOT_NEGATED and any(long in (p + short, base(p + short)) for p in NEGATIVE_PREFIXES)
