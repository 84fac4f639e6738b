"""The words that report speech, and the words that name who spoke."""

from __future__ import annotations


def words_of(text: str) -> frozenset[str]:
    """The words of a list written as text."""
    return frozenset(text.split())


SAYING = words_of("""say says said saying tell tells told telling add adds added adding note notes noted noting claim claims claimed claiming
    argue argues argued arguing insist insists insisted insisting assert asserts asserted asserting state states stated stating
    declare declares declared announce announces announced announcing warn warns warned warning explain explains explained
    explaining estimate estimates estimated estimating report reports reported reporting reveal reveals revealed confirm confirms
    confirmed confirming acknowledge acknowledges acknowledged admit admits admitted concede concedes conceded suggest suggests
    suggested suggesting predict predicts predicted write writes wrote writing tweet tweets tweeted post posts posted testify
    testifies testified allege alleges alleged alleging promise promises promised vow vows vowed pledge pledges pledged contend
    contends contended maintain maintains maintained recall recalls recalled remark remarks remarked reply replies replied respond
    responds responded ask asks asked conclude concludes concluded find finds found show shows showed shown indicate indicates
    indicated believe believes believed think thinks thought hope hopes hoped expect expects expected fear fears feared know knows
    knew argue deny denies denied denying dispute disputes disputed reject rejects rejected continue continued continues joke joked
    quip quipped urge urges urged charge charged charges complain complained complains stress stressed stresses emphasize emphasized
    emphasise emphasised observe observed agree agreed agrees mention mentioned read reads shout shouted call called calls describe
    described describes boast boasted lament lamented caution cautioned cautions project projects projected forecast forecasts
    calculate calculated calculates retort retorted counter countered counters""")
"""Every form of a verb that can report what somebody said, wrote, thought or found."""

DENYING = words_of(
    "deny denies denied denying dispute disputes disputed reject rejects rejected refute refuted refutes"
)
"""Of those, the ones that report that something is not so."""

THINKING = words_of(
    "believe believes believed think thinks thought hope hopes hoped expect expects expected fear fears feared know knows knew"
)

CONTENT_ONLY_AFTER = words_of("""find finds found show shows showed shown know knows knew report reports post posts read reads call called calls describe
    described describes charge charges charged note notes state states claim claims project projects reveal reveals revealed
    reject rejects rejected dispute disputes disputed maintain maintains maintained promise promises promised continue continued
    recall recalls estimate estimates suggest suggests fear fears hope hopes forecast forecasts""")
"""Verbs and nouns with so many other uses that only "that ..." or a quotation behind them makes them speech."""

PEOPLE = words_of("""official officials police expert experts critic critics source sources supporter supporters analyst analysts researcher
    researchers scientist scientists prosecutor prosecutors authorities aide aides adviser advisers advisor advisors lawmaker
    lawmakers lawyer lawyers attorney attorneys witness witnesses resident residents economist economists doctor doctors
    spokesman spokeswoman spokesperson spokespeople economists voters voter activist activists opponents opponent people person
    insiders insider investigators investigator detectives campaigners historians observers colleagues friends family families
    parents teachers nurses workers union unions republicans democrats conservatives liberals diplomats diplomat minister ministers
    senator senators president chairman chairwoman chief director mayor governor judge court professor reporter journalist
    journalists editor executive executives company government ministry agency department committee campaign team bank party
    group organisation organization administration council commission office university institute
    charity watchdog regulator""")
"""Common nouns that can speak."""

MUTE = words_of(
    "sum sums amount amounts total price prices cost costs fee fees money budget half twice double rate value level share time times"
)
"""Things that are agreed, claimed or reported and say nothing themselves: "twice the sum first agreed"."""

UNNAMED = words_of("""official officials source sources person people aide aides insider insiders adviser advisers advisor advisors diplomat
    diplomats lawmaker lawmakers executive executives employee employees staffer staffers expert experts analyst analysts critic
    critics observers witness witnesses investigator investigators politician politicians""")
"""People who stay anonymous when nothing more is said about them."""

GROUPS = words_of("""officials police experts critics supporters analysts researchers scientists prosecutors authorities aides advisers advisors
    lawmakers lawyers attorneys witnesses residents economists doctors spokespeople voters activists opponents people investigators
    detectives campaigners historians observers colleagues friends family families parents teachers nurses workers union unions
    republicans democrats conservatives liberals diplomats ministers senators journalists executives company government ministry
    agency department committee campaign team bank party group organisation organization administration council commission office
    university institute charity watchdog regulator court panel tribunal jury taskforce coalition they many some others most each two both all none story""")

DOCUMENTS = words_of("""report reports study studies survey surveys poll polls paper papers document documents statement letter letters memo email
    emails e-mail data figures statistics records record filing filings research analysis review audit lawsuit complaint indictment
    article articles newspaper book website release transcript post tweet tweets census estimate estimates numbers results findings
    law bill ruling order agreement treaty constitution chart map video tape recording files blog index forecast
    average averages ad ads advertisement commercial headline sign banner page site column editorial manifesto guidelines memoir note message caption
    footage film documentary test tests model models experiment experiments app graphic disclosure
    disclosures slide slides presentation leaflet brochure plaque label manual dossier memorandum subpoena affidavit testimony speech""")
"""Things that say something without being a person."""

INSTITUTIONS = words_of(
    """university college school institute bank department committee council senate house congress court party street journal times
    post news network inc corp company group agency bureau commission office ministry association federation union foundation fund
    center centre hospital church police army navy states kingdom nations republic county city act law reserve service
    administration board authority society project initiative league club coalition alliance organization organisation press
    tribune herald guardian republicans democrats airlines motors energy research media survey poll index report new american national federal united european british world global international central north south
    east west washington york london house capitol monday tuesday wednesday thursday friday saturday sunday"""
)
"""Words in names of bodies, papers, places and days: such a name is no person's."""

TITLES = words_of("""mr mrs ms miss dr sir dame lord lady sen rep gov gen col prof president senator minister chancellor secretary mayor governor
    judge justice chief king queen prince princess pope rev reverend general colonel captain professor congressman congresswoman
    representative speaker vice prime former ex commissioner director ceo chairman chairwoman spokesman spokeswoman
    spokesperson nominee candidate leader del rev""")

PRONOUNS = words_of("he she they it i we who")
