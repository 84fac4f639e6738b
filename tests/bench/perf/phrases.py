"""The words of the seeded articles and fact checks: invented places and people, measures that have a figure."""

from __future__ import annotations

import random
from dataclasses import dataclass

FIRST = "Ada Bram Celia Dorian Edda Farid Greta Hugo Ines Jonas Kezia Lars Mina Noel Olga Piet Rosa Sven Tilda Umar"
LAST = "Aldermoor Brightwater Castellane Dunmore Eskdale Farrow Grantham Hollis Ingleby Jessop Kettering Lindqvist"
LAST += " Marchetti Norwood Okonkwo Pemberton Quarrie Rasmussen Sandoval Thackeray Underhill Vasquez Wainwright"
ROLES = "the finance minister|the head of the harbour board|a spokeswoman for the water company|the chief statistician"
ROLES += "|the mayor|the director of the health service|an economist at the university|the union's regional secretary"
TOWNS = "Saltmere Ostrey Harrowgate Milbury Fenwick Castlebridge Northolt Aldershaw Brampton Tidewell Kingsmoor"
TOWNS += " Lowick Stanwell Pennard Roxley Whitcombe Yarmouth Dunholm Greystoke Marlow Thornaby Withernsea"
THINGS = "unemployment|the cost of housing|rail traffic|hospital admissions|the number of new businesses|bus fares"
THINGS += (
    "|school attendance|electricity consumption|the price of bread|road deaths|water losses|rents|exports of grain"
)
BODIES = (
    "the national statistics office|the audit court|the regional health authority|the transport agency|the central bank"
)
MONTHS = "January February March April May June July August September October November December"

STATED = (
    "In {town}, {thing} rose by {share} per cent between {year} and {year2}, according to figures of {body}.",
    "The {town} hospital treated {count} patients in {year}, more than in any year since {year0}.",
    "{Thing} in the {town} region fell to {share} per cent in {month} {year}, the lowest level since {year0}.",
    "The council of {town} spent {money} million pounds on road repairs in {year}, twice as much as in {year0}.",
    "About {count} households in {town} had no access to fast internet at the end of {year}.",
    "The new line between {town} and {town2} will be {length} kilometres long and carry {count} passengers a day.",
    "{count2} people died in accidents on the road from {town} to {town2} in {year}, {count3} fewer than in {year0}.",
    "Only {share} per cent of the schools in {town} have a full-time nurse, a survey of {body} found in {month} {year}.",
    "The water company lost {share} per cent of its supply to leaks in {year}, up from {share2} per cent in {year0}.",
    "Wages in {town} grew by {share} per cent in {year}, while prices went up by {share2} per cent.",
    "The population of {town} shrank from {count} in {year0} to {count4} in {year}.",
    "The harbour of {town} handled {money} million tonnes of cargo in {year}, a fifth less than in {year0}.",
    "One in {small} children in {town} lives in a home that was built before {year0}.",
    "The city has planted {count} trees since {year0}, of which {share} per cent survived the drought of {year}.",
)
SAID = (
    "“{claim},” said {person}, {role}.",
    "{person}, {role}, told the committee that {claim_within}.",
    "According to {person}, {role}, {claim_within}.",
    "{person} said on {day} in front of the assembly that {claim_within}.",
    "“{claim},” {person}, {role}, told reporters.",
)
HEARD = (
    "“We have been waiting for this for a long time, and we will not wait much longer,” said {person}, who runs a bakery near the station.",
    "{person} said she hoped that the neighbours would be patient with the builders and with each other.",
    "“Nobody asked us,” {person} told this newspaper, “and nobody will ask us next time either.”",
    "{person}, {role}, said that it was too early to speak about the reasons, and too late to pretend there were none.",
    "Asked whether the plan would be changed once more, {person} answered that everything was open.",
    "“I think it is a shame that it had to come to this,” said {person}, and went back to work.",
    "{person} believes that the town deserves better than another winter of meetings.",
    "A spokesman for {body} said that the office would look into the matter and answer in writing.",
    "“It is the right thing to do, even if it is not what people want to hear,” {person} said after the meeting.",
    "{person} told the crowd that the best years of {town} were still to come, and there was some laughter.",
)
SCENES = (
    "It rained on the morning of the opening, and by the time the doors were unlocked the queue went round the block.",
    "The debate in the town hall lasted until late in the evening and ended without a vote.",
    "Outside, a small group with banners had come together under the arcades and sang until the police asked them to stop.",
    "The lights in the old mill were still on when the last visitors left and the caretaker looked for his keys.",
    "Few of those present had read the report, and fewer still had liked what they found in it.",
    "For many in {town}, the question is an old one, and so are the answers that are given to it.",
    "The plan had been announced in spring, withdrawn in summer and brought back in autumn under another name.",
    "A brass band played in front of the library while the chairs were carried out into the sun.",
    "What happens next is anybody's guess, and most people here have stopped guessing.",
    "The building has seen better days, as its windows show to everybody who walks past them on the way to the station.",
    "There was coffee, there was cake, and there were many speeches, not all of them short.",
    "On the way to the river the road bends twice and then climbs to the church, where the view opens.",
    "Members of the council will meet again after the holidays to hear what the experts have to say.",
    "The matter has divided families, clubs and at least one choir, which now rehearses on two different evenings.",
    "Nothing in the square reminds of the market that once stood here, except for the name of the tram stop.",
    "Some left early, others stayed to argue on the stairs until somebody turned off the heating.",
    "It was not the first time that the two sides had met in this room, and it will not have been the last.",
    "The letter, which this newspaper has seen, is short and friendly and gives no reasons.",
    "A child at the front of the hall wanted to know where the ducks had gone, and nobody on the stage knew.",
    "At the end of the day there was applause, if not from everybody and not for very long.",
    "The bus to {town2} leaves from the other side of the street, past the shuttered cinema and the garage.",
    "Most shops in the high street have closed, and some have opened again under new names and with fewer staff.",
    "There are many ways to tell the story of {town}, and this is the one that is told at the bar.",
    "Those who were there remember the silence most of all, and then the noise of everybody talking at once.",
)
TITLES = (
    "What {town} says about its figures, and what the record says",
    "{town} argues about {thing}",
    "Promises and numbers in {town}",
)
STANDFIRSTS = ("Speeches, reports and a long evening in {town}.", "Who said what about {thing}, and what is known.")
FACT_CHECKS = (
    "A post says that {thing} in {town} doubled within {small} years",
    "Did {town} lose {count} jobs when the plant closed in {year}?",
    "{person} claims that {share} per cent of {town} voted against the bridge",
    "No, the mayor of {town} did not pay {money} million pounds for a statue",
    "{Thing} in {town} has not fallen by {share} per cent since {year0}",
    "Photograph shows flooded streets of {town2}, not of {town}, in {year}",
    "The claim that {count} people crossed the border at {town} in {month} {year} has no source",
    "{body} did not say that {thing} rose by {share} per cent in {year}",
    "Was the hospital of {town} closed for {small} months in {year}?",
    "A video of a fire in {town} is from {year0} and was filmed in {town2}",
)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who and where an article is about."""

    town: str
    town2: str
    people: tuple[str, ...]

    @classmethod
    def draw(cls, chance: random.Random) -> Cast:
        town, town2 = chance.sample(TOWNS.split(), k=2)
        return cls(
            town, town2, tuple(f"{chance.choice(FIRST.split())} {name}" for name in chance.sample(LAST.split(), k=4))
        )

    def fill(self, template: str, chance: random.Random, **given: str) -> str:
        """The template with its names, figures and dates drawn."""
        year = chance.randint(2012, 2025)
        thing, body = chance.choice(THINGS.split("|")), chance.choice(BODIES.split("|"))
        count = chance.randint(1_100, 480_000)
        if "claim" in given:
            given["claim_within"] = within(given["claim"])
        text = template.format(
            town=self.town,
            town2=self.town2,
            person=chance.choice(self.people),
            role=chance.choice(ROLES.split("|")),
            thing=thing,
            Thing=thing[0].upper() + thing[1:],
            body=body,
            month=chance.choice(MONTHS.split()),
            day=chance.choice(("Monday", "Tuesday", "Thursday", "Friday")),
            year=year,
            year2=year + chance.randint(1, 4),
            year0=chance.randint(1960, 2011),
            share=round(chance.uniform(0.4, 88), 1),
            share2=round(chance.uniform(0.4, 88), 1),
            money=round(chance.uniform(1.1, 940), 1),
            length=chance.randint(11, 480),
            count=f"{count:,}",
            count2=f"{chance.randint(21, 990)}",
            count3=f"{chance.randint(3, 20)}",
            count4=f"{int(count * chance.uniform(0.3, 0.97)):,}",
            small=chance.randint(3, 19),
            **given,
        )
        return text[0].upper() + text[1:] if not text.startswith("“") else text


def within(sentence: str) -> str:
    """A sentence as it stands behind "that": a first word that is no name loses its capital."""
    first = sentence.split(" ", 1)[0]
    return sentence if first in TOWNS.split() else sentence[0].lower() + sentence[1:]
