"""Units of measure and money: what they measure and how they convert. Factors are exact or to six digits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from services.verification.engine.vocabulary import spaced


@dataclass(frozen=True)
class Unit:
    """One unit: `value * factor + offset` is in the base unit of its dimension."""

    name: str
    dimension: str
    factor: float = 1.0
    offset: float = 0.0


# dimension: spelling|spelling=factor ... ; spellings are matched without case unless they hold an upper-case letter
TABLE = """
length: kilometre|kilometer|kilometres|kilometers|km|kms=1000 metre|meter|metres|meters=1 centimetre|centimeter|centimetres|centimeters|cm=0.01
 millimetre|millimeter|millimetres|millimeters|mm=0.001 mile|miles=1609.344 nautical_mile|nautical_miles=1852 yard|yards|yd=0.9144
 foot|feet|ft=0.3048 inch|inches=0.0254 light-year|light-years=9.4607e15
mass: kilogram|kilograms|kilogramme|kilogrammes|kilo|kilos|kg|kgs=1 gram|grams|gramme|grammes=0.001 milligram|milligrams|mg=1e-6 microgram|micrograms|mcg=1e-9
 tonne|tonnes|metric_ton|metric_tons=1000 ton|tons=1000 short_ton|short_tons=907.185 lb|lbs|pound|pounds=0.453592 ounce|ounces|oz=0.0283495 stone=6.35029
area: square_kilometre|square_kilometres|square_kilometer|square_kilometers|sq_km|km²|km2=1e6 square_mile|square_miles|sq_mi|sq_miles=2589988
 hectare|hectares|ha=10000 acre|acres=4046.86 square_metre|square_metres|square_meter|square_meters|sq_m|m²|m2=1 square_foot|square_feet|sq_ft=0.092903
volume: litre|liter|litres|liters=1 millilitre|milliliter|millilitres|milliliters|ml=0.001 gallon|gallons=3.78541 pint|pints=0.568261 barrel|barrels|bbl=158.987
 cubic_metre|cubic_metres|cubic_meter|cubic_meters|m³|m3=1000 cubic_foot|cubic_feet=28.3168 cubic_kilometre|cubic_kilometres|cubic_kilometer|cubic_kilometers=1e12
duration: second|seconds|sec|secs=1 minute|minutes|min|mins=60 hour|hours|hr|hrs=3600 day|days=86400 week|weeks=604800 fortnight|fortnights=1209600
 month|months=2629800 year|years|yr|yrs|year-old|years-old=31557600 decade|decades=315576000 century|centuries=3155760000 millisecond|milliseconds|ms=0.001
speed: km/h|kph|kmh|kilometres_per_hour|kilometers_per_hour|kilometres_an_hour|kilometers_an_hour=0.277778 mph|miles_per_hour|miles_an_hour=0.44704
 m/s|metres_per_second|meters_per_second|metres_a_second|meters_a_second=1 knot|knots=0.514444
temperature: °C|degrees_Celsius|degree_Celsius|degrees_celsius|degrees_C|Celsius|degrees_centigrade|C=1 °F|degrees_Fahrenheit|degree_Fahrenheit|degrees_fahrenheit|degrees_F|Fahrenheit|F=0.555556
 kelvin|kelvins=1
energy: kilowatt-hour|kilowatt-hours|kilowatt_hours|kilowatt_hour|kWh=3.6e6 megawatt-hour|megawatt-hours|megawatt_hours|megawatt_hour|MWh=3.6e9 gigawatt-hour|gigawatt-hours|gigawatt_hours|gigawatt_hour|GWh=3.6e12
 terawatt-hour|terawatt-hours|terawatt_hours|terawatt_hour|TWh=3.6e15 joule|joules=1 megajoule|megajoules|MJ=1e6 kilocalorie|kilocalories|kcal|calorie|calories=4184
power: watt|watts=1 kilowatt|kilowatts|kW=1000 megawatt|megawatts|MW=1e6 gigawatt|gigawatts|GW=1e9 terawatt|terawatts|TW=1e12 horsepower|hp=745.7
storage: byte|bytes=1 kilobyte|kilobytes|KB|kB=1e3 megabyte|megabytes|MB=1e6 gigabyte|gigabytes|GB=1e9 terabyte|terabytes|TB=1e12
pressure: pascal|pascals|Pa=1 hPa|hectopascal|hectopascals|millibar|millibars=100 bar|bars=1e5 psi=6894.76
angle: degree|degrees=1
"""
CURRENCY_SIGNS = {
    "US$": "USD",
    "A$": "AUD",
    "AU$": "AUD",
    "C$": "CAD",
    "CA$": "CAD",
    "NZ$": "NZD",
    "HK$": "HKD",
    "S$": "SGD",
    "R$": "BRL",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₽": "RUB",
    "₩": "KRW",
    "₺": "TRY",
    "₪": "ILS",
    "₴": "UAH",
    "₦": "NGN",
    "Rs": "INR",
    "Rs.": "INR",
}
CURRENCY_CODES = spaced(
    """USD EUR GBP JPY INR RUB CHF CNY AUD CAD NZD SEK NOK DKK PLN CZK HUF TRY BRL MXN ZAR KRW SGD HKD ILS UAH NGN KES THB IDR PHP MYR AED SAR EGP PKR BDT"""
)
CURRENCY_WORDS = {
    "dollar": "USD",
    "euro": "EUR",
    "pound": "GBP",
    "yen": "JPY",
    "rupee": "INR",
    "rouble": "RUB",
    "ruble": "RUB",
    "franc": "CHF",
    "yuan": "CNY",
    "renminbi": "CNY",
    "krona": "SEK",
    "kronor": "SEK",
    "krone": "NOK",
    "kroner": "NOK",
    "zloty": "PLN",
    "lira": "TRY",
    "peso": "MXN",
    "rand": "ZAR",
    "won": "KRW",
    "shekel": "ILS",
    "hryvnia": "UAH",
    "naira": "NGN",
    "shilling": "KES",
    "baht": "THB",
    "real": "BRL",
    "reais": "BRL",
}
MINOR = {"cent": 0.01, "pence": 0.01, "penny": 0.01, "p": 0.01}
NATIONAL = {
    "us": "USD",
    "american": "USD",
    "australian": "AUD",
    "canadian": "CAD",
    "british": "GBP",
    "swiss": "CHF",
    "new zealand": "NZD",
    "hong kong": "HKD",
    "singapore": "SGD",
    "egyptian": "EGP",
    "swedish": "SEK",
    "norwegian": "NOK",
    "danish": "DKK",
    "indian": "INR",
    "pakistani": "PKR",
    "sterling": "GBP",
}
OFFSETS = {"°F": -32 * 5 / 9, "degrees_Fahrenheit": -32 * 5 / 9, "kelvin": -273.15}


@lru_cache(maxsize=1)
def _units() -> dict[str, Unit]:
    table: dict[str, Unit] = {}
    for line in TABLE.strip().replace("\n ", " ").splitlines():
        dimension, _, rest = line.partition(": ")
        for group in rest.split():
            spellings, _, factor = group.rpartition("=")
            names = spellings.split("|")
            offset = next((OFFSETS[name] for name in names if name in OFFSETS), 0.0)
            unit = Unit(names[0].replace("_", " "), dimension, float(factor), offset)
            for name in names:
                table[name.replace("_", " ")] = unit
    return table


@lru_cache(maxsize=1)
def unit_pattern() -> re.Pattern[str]:
    """Matches a unit right after a number."""
    spellings = sorted(_units(), key=len, reverse=True)
    symbols = [re.escape(s) for s in spellings if re.search(r"[A-Z°²³/]", s)]
    words = [re.escape(s).replace(r"\ ", r"[\s-]+") for s in spellings if not re.search(r"[A-Z°²³/]", s)]
    return re.compile(rf"[\s-]?(?:(?P<symbol>{'|'.join(symbols)})(?![\w])|(?P<word>(?i:{'|'.join(words)}))(?![\w]))")


def unit_named(spelling: str) -> Unit | None:
    """The unit of a spelling, exact case first."""
    plain = re.sub(r"[\s-]+", " ", spelling.strip())
    for name in (spelling.strip(), plain, plain.lower(), spelling.strip().lower()):
        if name in _units():
            return _units()[name]
    return None
