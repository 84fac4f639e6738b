"""The moderation queue."""

from __future__ import annotations

from tests.integration.console.house import House


async def test_a_held_comment_is_shown_cleaned_and_decided_by_the_person_who_signed_in(house: House) -> None:
    house.moderation.body = "<p>Hi <a href='javascript:x()'>you</a></p><script>x()</script><img src=x onerror=y>"
    mia = await house.visitor("mia", "moderator")
    assert mia.path == "/console/comments"
    assert not mia.page.css("blockquote script, blockquote img, a[href^=javascript]")
    assert "Hi you" in mia.text
    assert "Held because: a link" in mia.text


async def test_publishing_and_removing_reach_the_owner(house: House) -> None:
    mia = await house.visitor("mia", "moderator")
    action = next(str(form.attributes["action"]) for form in mia.page.css("form.inline"))
    await mia.submit(action, note="fine", answer="publish")
    assert mia.path == "/console/comments?done=published"
    await mia.submit(action, answer="remove")
    assert "The comment is removed." in mia.text
    await mia.submit(action, answer="burn")
    assert mia.status == 422
    heard = [(who.name, said.comment_id, said.publish, said.note) for who, said in house.moderation.decided]
    assert heard == [("Mia", "c-1", True, "fine"), ("Mia", "c-1", False, "")]
