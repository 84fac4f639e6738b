"""Common given names by the pronoun they usually go with: enough to keep "she" from a John, silent about all others."""

from __future__ import annotations

from services.claim_extraction.engine.lexicon import words_of

HE = words_of(
    """aaron adam adrian ahmed alan albert alexander ali andrew anthony antonio arthur barack ben benjamin bernie bill bob brad
    brandon brian bruce bryan carl carlos charles chris christopher chuck craig daniel dave david dennis derek dick diego dmitry
    don donald doug douglas ed edward elon emmanuel eric ernest francisco frank fred gary gavin gene george gerald giorgio glenn
    gordon greg gregory hans harold harry hassan henry howard ian igor ivan jack jacob jake james jamal jason jean-claude jeff
    jeffrey jeremy jerry jim joe joel john johnny jon jonathan jorge jose joseph joshua juan julian justin karl keith ken kenneth
    kevin kyle larry lawrence lee leo leonard louis luis luke marco marcus mario mark martin matt matthew max michael miguel mike
    mitch mitt mohamed mohammed muhammad narendra nathan neil nicholas nick nigel norman oliver omar oscar patrick paul pedro pete
    peter phil philip pierre ralph randy raymond ricardo richard rick rob robert roberto robin rodrigo roger ronald ross rudy rush
    russell ryan sam samuel scott sean sergei seth shane simon stephen steve steven stuart ted terrence terry thomas tim timothy
    tobias todd tom tony tyler vernon victor vincent vladimir volodymyr walter warren wayne will william xavier yuri zach"""
)

SHE = words_of(
    """abigail alexandra alexandria alice alicia alison allison amanda amber amy ana andrea angela angelina anita ann anna anne
    annie april ashley ava barbara beatrice beth betsy betty beverly bonnie brenda brianna brittany camille carla carly carmen
    carol caroline carolyn carrie catherine cathy charlotte cheryl christina christine cindy claire claudia condoleezza cynthia
    dana danielle dawn deborah debra diana diane dolores donna doris dorothy eileen elaine eleanor elena elizabeth ellen emily
    emma erica erin esther eva eve evelyn fatima fiona florence frances gabriela gail gennifer gina giorgia gloria grace greta
    hannah harriet hazel heather heidi helen hillary holly huma irene isabel ivanka jacinda jane janet janice jean jeanne jennifer
    jenny jessica jill joan joanna jodie josephine joyce juanita judith judy julia julie june kamala karen kate katherine kathleen
    kathryn kathy katie kayla keisha kelly kellyanne kim kimberly kirsten laura lauren laurie leslie linda lindsay lisa liz
    loretta lori louise lucia lucy lydia lynn madeleine maggie margaret maria marie marilyn marina marjorie martha mary maureen
    megan melania melissa mia michelle mildred miranda molly monica nancy naomi natalie nicola nicole nina nora olga olivia
    pamela patricia paula peggy penny priscilla rachel rebecca regina renee rita roberta rosa rose ruth sally samantha sandra sara
    sarah sharon sheila shirley sofia sonia sophia sophie stacey stephanie sue susan suzanne svetlana sylvia tamara tara teresa
    theresa tiffany tina tracy tulsi ursula valerie vanessa vera veronica victoria virginia vivian wendy whitney yolanda yvonne"""
)


def pronoun_of(name: str) -> str:
    """ "he", "she", or "" where the given name says nothing."""
    first = name.partition(" ")[0].casefold()
    return "he" if first in HE else "she" if first in SHE else ""
