"""Sentences of a page that speak to whatever machine may read it. They are kept from models and quoted by none. Pure."""

from __future__ import annotations

import re
import unicodedata

TO_MACHINES = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instructions?|prompts?|rules?|guidelines?|above|previous|prior|earlier)\b|"
    r"\b(?:system|developer|hidden|secret) (?:prompt|message|instructions?)\b|\bnew instructions?\b|\bprompt injection\b|"
    r"\b(?:dear|attention|note to|hey|hello|as an?|you are an?|if you are an?) (?:\w+ )?(?:ai|a\.i\.|llm|language model|assistant|chatbot|model|bot|fact[- ]?checker)\b|"
    r"\b(?:you must|you should|you will|always|please|now|only) (?:\w+ )?(?:answer|respond|reply|output|return|print|rate|mark|label|classify|report|conclude|cite|state that|say that|set)\b|"
    r"\b(?:respond|reply|answer|output|return) (?:only )?(?:with|in json|as json)\b|"
    r"\b(?:mark|rate|label|classify|treat|judge|consider) (?:this|the|every|all|any) (?:claims?|statements?|articles?|sources?)\b|"
    r"\"(?:stance|verdict|rating|confidence|findings|role|content)\"\s*:|<\|?(?:im_start|im_end|system|assistant|endoftext)\|?>|"
    r"\[/?(?:inst|system)\]|^\s*(?:system|assistant|user)\s*:|#{2,}\s*(?:system|instruction)",
    re.IGNORECASE | re.DOTALL,
)
HIDDEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\U000e0000-\U000e007f]")


def addressed_to_machines(sentence: str) -> bool:
    """True for an instruction to a model, also one spelled with look-alike or invisible characters."""
    plain = HIDDEN.sub("", unicodedata.normalize("NFKC", sentence))
    return bool(TO_MACHINES.search(plain)) or len(HIDDEN.findall(sentence)) > 3
