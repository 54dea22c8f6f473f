"""The page of an objective in every state: what it says, and that it never shows what nobody knows as fine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest

from instants import NOON
from made_gallery import write_gallery
from served import Served, served


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = write_gallery(tmp_path_factory.mktemp("gallery"))
    with served(folder, now=lambda: NOON) as running:
        yield running


def page(gallery: Served, path: str, code: int = 200) -> str:
    answer = gallery.ask("GET", path, headers={"Accept": "text/html"})
    assert answer.status_code == code
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    return answer.text


def said(html: str) -> str:
    """What stands on the page, without tags."""
    text = re.sub(r"<title>.*?</title>|<[^>]+>", " ", html)
    return re.sub(r"\s+", " ", unescape(text))


def part(html: str, heading: str) -> str:
    """A panel, by its heading."""
    [found] = [each for each in html.split("<section") if f">{heading}</h2>" in each]
    return said("<section" + found.split("</section>")[0])


NAMES = ("calm", "spent", "dark", "many", "none", "halts", "minutes", "newest", "whole")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("query", ["", "?range=24h&zone=Europe/Berlin", "?at=now-9d&range=7d"])
def test_every_state_has_a_page_over_every_range_that_runs_no_script_of_others(
    gallery: Served, name: str, query: str
) -> None:
    html = page(gallery, f"/slos/{name}{query}")
    assert " style=" not in html
    assert not re.search(r"<[^>]+ on\w+=", html)
    assert "nan" not in re.findall(r'[xy\d]="([^"]*)"', html)
    assert "<till>" not in html
    assert "<b>at once</b>" not in html
    assert f"<h1>{name.capitalize()} payments</h1>" in html


def test_the_head_says_what_is_promised_and_how_much_is_left(gallery: Served) -> None:
    told = said(page(gallery, "/slos/calm"))
    assert "At least 99 % of events are good, over a rolling 28 days." in told
    assert "Tier 0, Shop team." in told
    assert re.search(r"Budget left \d\d\.\d % [\d,]+ of [\d,]+ bad events; as measured", told)
    assert "100.00 % no slice missing in the last 28 days" in told


def test_an_overspent_budget_says_by_how_much_and_when_it_is_back(gallery: Served) -> None:
    told = said(page(gallery, "/slos/spent"))
    assert re.search(r"Budget left −3,\d{3}\.\d % [\d,]+ events more than [\d,]+ allowed", told)
    assert re.search(r"Back above the lowest threshold \d+ \w{3} \d\d:00 if nothing further fails", told)
    assert "5 of 5 exceeded" in told


def test_the_unknown_says_since_when_why_what_was_known_and_what_to_do(gallery: Served) -> None:
    html = page(gallery, "/slos/dark")
    told = said(html)
    assert re.search(r"Nobody knows how this objective stands since \d+ \w{3} \d\d:\d\d", told)
    assert re.search(r"Coverage 8\d\.\d % is below 90\.0 %", told)
    assert re.search(r"Last known: healthy, \d\d\.\d % left at", told)
    assert "Nothing was collected from told" in told
    assert "Budget left Unknown" in told
    assert "badge--unknown" in html
    assert 'class="hatch"' in html


def test_a_broken_promise_of_everything_is_spent_and_shows_no_number(gallery: Served) -> None:
    html = page(gallery, "/slos/none")
    told = said(html)
    assert "Every one of the events is good; not one may fail" in told
    assert "Budget left Spent 3 failed; none may" in told
    assert "depleted since" in told
    assert "any failure within 5m" in told
    assert "heat--5" in html


def test_a_mean_time_between_failures_is_told_as_a_time(gallery: Served) -> None:
    told = said(page(gallery, "/slos/halts"))
    assert "At most one failure in 1d of running" in told
    assert re.search(r"Mean time between failures 1 d \d+ h target ≥ 1 d", told)


def test_groups_are_told_worst_first_twenty_at_a_time(gallery: Served) -> None:
    first = page(gallery, "/slos/many")
    told = part(first, "Groups")
    assert "25 groups, worst first; 1 to 20" in told
    assert told.index("till-00") < told.index("till-01") < told.index("till-19")
    assert "till-20" not in told
    [link] = re.findall(r'href="([^"]*)">Next</a>', first)
    rest = part(page(gallery, "/slos/many" + unescape(link).partition("#")[0]), "Groups")
    assert "21 to 25" in rest
    assert "till-24 & co" in rest


def test_a_composite_names_its_components_with_weight_and_level(gallery: Served) -> None:
    html = page(gallery, "/slos/whole")
    told = part(html, "Components")
    assert re.search(r"Calm payments Healthy 3 .*Dark payments .*Unknown 1 ", told)
    assert 'href="/slos/calm"' in html
    assert "Burn rate of each" not in said(html)


def test_the_definition_tells_the_agreement_and_the_corrections(gallery: Served) -> None:
    told = part(page(gallery, "/slos/calm"), "Definition")
    assert "payments of card-scheme, The card scheme: ≥ 99 %, kept" in told
    assert "till-works, exclude for slo and agreement. New <tills>" in told
    assert "shop.yaml:" in told


def test_a_day_of_the_map_leads_to_its_minutes(gallery: Served) -> None:
    html = page(gallery, "/slos/calm?zone=Europe/Berlin")
    links = [unescape(link) for link in re.findall(r'<a href="([^"]*)" aria-label="[^"]*show this day"', html)]
    assert len(links) == 29
    day = page(gallery, "/slos/calm" + links[3])
    assert "Burn rate of each slice" in said(day)
    assert "You look at" in said(day)
    assert "range=24h" in links[3]
    assert "zone=Europe%2FBerlin" in links[3]


def test_the_worst_day_is_found_by_its_link(gallery: Served) -> None:
    html = page(gallery, "/slos/calm")
    days = re.findall(r'<a href="([^"]*)" aria-label="([^"]*), worst hour ([\d.]+)×[^"]*"', html)
    worst = max(days, key=lambda day: float(day[2]))
    assert worst[1] == max(days, key=lambda day: int(re.findall(r"([\d,]+) bad", day[1])[0].replace(",", "")))[1]
    told = said(page(gallery, "/slos/calm" + unescape(worst[0])))
    assert re.search(r"worst [\d.]+× in the slice from", told)


def test_an_objective_that_is_not_there_is_told_with_the_nearest(gallery: Served) -> None:
    told = said(page(gallery, "/slos/calmm", 404))
    assert "calm" in told
