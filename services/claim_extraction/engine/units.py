"""Currencies and units of measure: how people write them, and the one name values are compared in."""

from __future__ import annotations

CURRENCY_SIGNS = {
    "$": "USD", "US$": "USD", "A$": "AUD", "C$": "CAD", "NZ$": "NZD", "HK$": "HKD", "£": "GBP", "€": "EUR", "¥": "JPY",
    "₹": "INR", "₽": "RUB", "₩": "KRW", "₴": "UAH", "₺": "TRY", "R$": "BRL",
}  # fmt: skip
CODES = (
    "USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "NZD", "CNY", "INR", "RUB", "BRL", "MXN", "SEK", "NOK", "DKK",
    "PLN", "CZK", "HUF", "TRY", "ZAR", "KRW", "UAH",
)  # fmt: skip
CURRENCY_WORDS = {
    "dollar": ("USD", 1.0), "dollars": ("USD", 1.0), "euro": ("EUR", 1.0), "euros": ("EUR", 1.0),
    "pound sterling": ("GBP", 1.0), "pounds sterling": ("GBP", 1.0), "pence": ("GBP", 0.01), "cents": ("USD", 0.01),
    "yen": ("JPY", 1.0), "yuan": ("CNY", 1.0), "rupees": ("INR", 1.0), "roubles": ("RUB", 1.0), "rubles": ("RUB", 1.0),
    "francs": ("CHF", 1.0), "kronor": ("SEK", 1.0), "kroner": ("NOK", 1.0), "zloty": ("PLN", 1.0), "won": ("KRW", 1.0),
    "pesos": ("MXN", 1.0), "hryvnia": ("UAH", 1.0),
}  # fmt: skip

_MEASURES: dict[str, tuple[str, dict[str, float]]] = {
    "length": ("m", {
        "m": 1, "metre": 1, "meter": 1, "km": 1e3, "kilometre": 1e3, "kilometer": 1e3, "cm": 0.01, "centimetre": 0.01,
        "centimeter": 0.01, "mm": 0.001, "millimetre": 0.001, "millimeter": 0.001, "mile": 1609.344, "yard": 0.9144,
        "foot": 0.3048, "feet": 0.3048, "ft": 0.3048, "inch": 0.0254, "inches": 0.0254, "nautical mile": 1852,
    }),
    "area": ("m2", {
        "square metre": 1, "square meter": 1, "sq m": 1, "m²": 1, "square kilometre": 1e6, "square kilometer": 1e6,
        "sq km": 1e6, "km²": 1e6, "km2": 1e6, "hectare": 1e4, "acre": 4046.8564224, "square mile": 2589988.110336,
        "square foot": 0.09290304, "square feet": 0.09290304,
    }),
    "volume": ("l", {
        "litre": 1, "liter": 1, "gallon": 3.785411784, "barrel": 158.987294928, "cubic metre": 1e3, "cubic meter": 1e3,
        "millilitre": 0.001, "milliliter": 0.001, "ml": 0.001,
    }),
    "mass": ("kg", {
        "kg": 1, "kilo": 1, "kilogram": 1, "kilogramme": 1, "gram": 0.001, "gramme": 0.001, "mg": 1e-6,
        "milligram": 1e-6, "tonne": 1e3, "metric ton": 1e3, "ton": 907.18474, "lb": 0.45359237, "lbs": 0.45359237,
        "ounce": 0.028349523125,
    }),
    "duration": ("s", {
        "second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800, "month": 2629746, "year": 31556952,
        "decade": 315569520, "century": 3155695200, "centuries": 3155695200,
    }),
    "temperature": ("degC", {
        "degrees celsius": 1, "degree celsius": 1, "°c": 1, "degrees centigrade": 1, "degrees fahrenheit": 1,
        "degree fahrenheit": 1, "°f": 1, "degree": 1,
    }),
    "concentration": ("ug/m3", {
        "micrograms per cubic metre": 1, "micrograms per cubic meter": 1, "µg/m³": 1, "µg/m3": 1,
        "milligrams per cubic metre": 1e3, "milligrams per cubic meter": 1e3,
    }),
    "speed": ("m/s", {
        "mph": 0.44704, "miles per hour": 0.44704, "miles an hour": 0.44704, "km/h": 1 / 3.6, "kph": 1 / 3.6,
        "kilometres per hour": 1 / 3.6, "kilometers per hour": 1 / 3.6, "knot": 0.514444,
    }),
    "power": ("W", {
        "watt": 1, "kw": 1e3, "kilowatt": 1e3, "mw": 1e6, "megawatt": 1e6, "gw": 1e9, "gigawatt": 1e9, "terawatt": 1e12,
    }),
    "energy": ("Wh", {
        "kwh": 1e3, "kilowatt-hour": 1e3, "kilowatt hour": 1e3, "mwh": 1e6, "megawatt-hour": 1e6, "megawatt hour": 1e6,
        "gwh": 1e9, "gigawatt-hour": 1e9, "gigawatt hour": 1e9, "twh": 1e12, "terawatt-hour": 1e12,
        "terawatt hour": 1e12,
    }),
}  # fmt: skip

_NO_PLURAL = frozenset(
    {"m", "km", "cm", "mm", "ft", "feet", "inches", "kg", "mg", "ml", "lb", "lbs", "foot", "mph", "kph"}
)


def _table() -> dict[str, tuple[str, str, float]]:
    table: dict[str, tuple[str, str, float]] = {}
    for dimension, (base, factors) in _MEASURES.items():
        for name, factor in factors.items():
            table[name] = (dimension, base, factor)
            if name.isascii() and name not in _NO_PLURAL and not name.endswith("s") and "/" not in name:
                table[name + "s"] = (dimension, base, factor)
    return table


UNITS_OF_MEASURE = _table()
"""Written form -> (dimension, base unit, factor to the base unit)."""


def to_celsius(value: float, written: str) -> float:
    """Degrees as written to Celsius; bare degrees are taken as Celsius."""
    return (value - 32) / 1.8 if written.casefold().rstrip("s").endswith(("fahrenheit", "°f")) else value
