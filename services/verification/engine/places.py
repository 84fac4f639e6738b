"""Names that stand for one another: countries with their adjectives and short forms, and common abbreviations."""

from __future__ import annotations

from functools import lru_cache

# one group per line, names that may replace each other; written in lower case
GROUPS = """
united states|united states of america|us|usa|u.s.|u.s.a.|america|american|americans
united kingdom|uk|u.k.|britain|great britain|british|briton|britons
european union|eu|e.u.
united nations|un|u.n.
russia|russian|russians|russian federation|kremlin
china|chinese|people's republic of china|prc
germany|german|germans
france|french|frenchman|frenchmen
italy|italian|italians
spain|spanish|spaniard|spaniards
portugal|portuguese
netherlands|the netherlands|dutch|holland
belgium|belgian|belgians
luxembourg|luxembourgish
switzerland|swiss
austria|austrian|austrians
poland|polish|pole|poles
czech republic|czechia|czech|czechs
slovakia|slovak|slovaks
slovenia|slovenian|slovene|slovenes
hungary|hungarian|hungarians
romania|romanian|romanians
bulgaria|bulgarian|bulgarians
greece|greek|greeks
croatia|croatian|croat|croats
serbia|serbian|serb|serbs
bosnia|bosnian|bosnians|bosnia and herzegovina
albania|albanian|albanians
kosovo|kosovan|kosovar
north macedonia|macedonia|macedonian
montenegro|montenegrin
ukraine|ukrainian|ukrainians
belarus|belarusian|belarusians
moldova|moldovan
lithuania|lithuanian|lithuanians
latvia|latvian|latvians
estonia|estonian|estonians
finland|finnish|finn|finns
sweden|swedish|swede|swedes
norway|norwegian|norwegians
denmark|danish|dane|danes
iceland|icelandic|icelander|icelanders
ireland|irish|irishman
scotland|scottish|scot|scots
wales|welsh
england|english
northern ireland
turkey|turkiye|türkiye|turkish|turk|turks
cyprus|cypriot|cypriots
malta|maltese
israel|israeli|israelis
palestine|palestinian|palestinians
lebanon|lebanese
syria|syrian|syrians
jordan|jordanian
iraq|iraqi|iraqis
iran|iranian|iranians
saudi arabia|saudi|saudis
yemen|yemeni|yemenis
united arab emirates|uae|emirati
qatar|qatari
kuwait|kuwaiti
oman|omani
bahrain|bahraini
egypt|egyptian|egyptians
libya|libyan|libyans
tunisia|tunisian|tunisians
algeria|algerian|algerians
morocco|moroccan|moroccans
sudan|sudanese
south sudan|south sudanese
ethiopia|ethiopian|ethiopians
eritrea|eritrean
somalia|somali|somalis
kenya|kenyan|kenyans
uganda|ugandan|ugandans
tanzania|tanzanian|tanzanians
rwanda|rwandan|rwandans
burundi|burundian
congo|congolese|drc|democratic republic of the congo
nigeria|nigerian|nigerians
niger|nigerien
ghana|ghanaian|ghanaians
senegal|senegalese
mali|malian
cameroon|cameroonian
ivory coast|côte d'ivoire|ivorian
liberia|liberian
sierra leone|sierra leonean
angola|angolan
zambia|zambian
zimbabwe|zimbabwean
mozambique|mozambican
botswana
namibia|namibian
south africa|south african|south africans
madagascar|malagasy
india|indian|indians
pakistan|pakistani|pakistanis
bangladesh|bangladeshi|bangladeshis
sri lanka|sri lankan|sri lankans
nepal|nepali|nepalese
bhutan|bhutanese
afghanistan|afghan|afghans
kazakhstan|kazakh
uzbekistan|uzbek
turkmenistan|turkmen
kyrgyzstan|kyrgyz
tajikistan|tajik
mongolia|mongolian
japan|japanese
north korea|north korean|north koreans|dprk
south korea|south korean|south koreans|republic of korea
taiwan|taiwanese
vietnam|vietnamese
thailand|thai|thais
cambodia|cambodian
laos|laotian|lao
myanmar|burma|burmese
malaysia|malaysian|malaysians
singapore|singaporean
indonesia|indonesian|indonesians
philippines|the philippines|filipino|filipinos|philippine
australia|australian|australians
new zealand|new zealander|new zealanders
fiji|fijian
canada|canadian|canadians
mexico|mexican|mexicans
guatemala|guatemalan
honduras|honduran
el salvador|salvadoran
nicaragua|nicaraguan
costa rica|costa rican
panama|panamanian
cuba|cuban|cubans
haiti|haitian|haitians
dominican republic|dominican
jamaica|jamaican|jamaicans
puerto rico|puerto rican
colombia|colombian|colombians
venezuela|venezuelan|venezuelans
ecuador|ecuadorian
peru|peruvian|peruvians
bolivia|bolivian
brazil|brazilian|brazilians
paraguay|paraguayan
uruguay|uruguayan
argentina|argentine|argentinian|argentinians
chile|chilean|chileans
armenia|armenian
azerbaijan|azerbaijani
georgia|georgian
europe|european|europeans
africa|african|africans
asia|asian|asians
latin america|latin american
world health organization|world health organisation|who
north atlantic treaty organization|nato
international monetary fund|imf
world trade organization|wto
european central bank|ecb
federal reserve|fed|the fed|federal reserve board
bank of england|boe
national health service|nhs
centers for disease control and prevention|cdc|centers for disease control
food and drug administration|fda
federal bureau of investigation|fbi
central intelligence agency|cia
national aeronautics and space administration|nasa
environmental protection agency|epa
world bank
supreme court|scotus
democratic party|democrats|democrat|democratic
republican party|republicans|republican|gop
labour party|labour
conservative party|conservatives|conservative|tory|tories
liberal democrats|lib dems|liberal democrat
new york city|new york|nyc
los angeles|la|l.a.
district of columbia|washington dc|washington d.c.|d.c.|dc
covid-19|covid|coronavirus|sars-cov-2
olympic games|olympics|olympic
second world war|world war ii|world war two|ww2|wwii
first world war|world war i|world war one|ww1|wwi
artificial intelligence|ai
gross domestic product|gdp
office for national statistics|ons
organisation for economic co-operation and development|oecd|organization for economic cooperation and development
""".strip().splitlines()


@lru_cache(maxsize=1)
def _groups() -> dict[str, frozenset[int]]:
    table: dict[str, set[int]] = {}
    for number, line in enumerate(GROUPS):
        for name in line.split("|"):
            table.setdefault(name, set()).add(number)
    return {name: frozenset(numbers) for name, numbers in table.items()}


@lru_cache(maxsize=20_000)
def groups_of(name: str) -> frozenset[int]:
    """The groups a name belongs to, written in any case, with or without 'the'."""
    plain = name.lower().replace("’", "'").strip()
    plain = plain.removeprefix("the ").removesuffix("'s")
    return _groups().get(plain, frozenset())


def stand_for_one(a: str, b: str) -> bool:
    """True when both names are in one group."""
    return bool(groups_of(a) & groups_of(b))
