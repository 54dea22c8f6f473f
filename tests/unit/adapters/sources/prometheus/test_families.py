"""Queries that are alike are asked together, and each has the numbers that it has alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from http_answers import ONE, Asked, Said, failure, http_server, success
from instants import NOON_SECONDS
from leadline.adapters.sources.prometheus import PrometheusSource
from leadline.adapters.sources.prometheus.families import Family, families_of
from leadline.ports.source import Answer, Role, SourceQuery
from servers import StartPrometheus
from tsdb_truth import build_blocks

START = NOON_SECONDS - 3 * 3600
SERVICES = ("steady", "restarts", "is.born", "goes (away)", "a|b", "absent")


def counter(text: str, *group_by: str, sli: str = "") -> SourceQuery:
    return SourceQuery(sli or text, Role.TOTAL, text, counter=True, group_by=group_by)


def requests(service: str) -> str:
    return f'requests_total{{service="{service}",code!~"5.."}}'


@pytest.fixture(scope="module")
def url(promtool: str, tmp_path_factory: pytest.TempPathFactory, prometheus_servers: StartPrometheus) -> str:
    """Three hours and a day at :07 of five services, each with its own trouble, on two instances that were up."""
    folder = tmp_path_factory.mktemp("families")
    times = range(START - 86_400 - 600 + 7, NOON_SECONDS + 60, 60)
    born, gone, restarted = START + 3600, START + 5400, START + 7200
    with (folder / "data.om").open("w") as file:
        file.write("# TYPE up gauge\n")
        file.writelines(f'up{{job="j",instance="{one}"}} 1 {at}\n' for one in "xy" for at in times)
        file.write("# TYPE requests counter\n")
        for service in SERVICES[:-1]:
            for instance in "xy":
                for code in ("200", "500"):
                    labels = f'service="{service}",code="{code}",job="j",instance="{instance}"'
                    for minute, at in enumerate(times):
                        value = (3 if instance == "x" else 5) * minute
                        if service == "restarts" and instance == "y" and at >= restarted:
                            value = 5 * ((at - restarted) // 60)
                        if service == "is.born" and at < born + (instance == "y") * 1800:
                            continue
                        if service == "goes (away)" and instance == "x" and gone <= at < gone + 1500:
                            continue
                        file.write(f"requests_total{{{labels}}} {value} {at}\n")
        file.write("# EOF\n")
    build_blocks(promtool, folder / "data.om", folder / "blocks")
    return prometheus_servers(tsdb_dir=folder / "blocks")


@pytest.fixture
def source(url: str) -> Iterator[PrometheusSource]:
    source = PrometheusSource("metrics", {"url": url}, {})
    yield source
    source.close()


def families_in(queries: list[SourceQuery], steps: int) -> list[Family]:
    return [family for request in families_of(queries, steps)[0] for family in request.families]


def answers(source: PrometheusSource, queries: list[SourceQuery], start: int = START) -> dict[str, Answer]:
    found = source.answer(queries, start, NOON_SECONDS, progress=lambda _: None)
    return {answer.query.sli: answer for answer in found}


@pytest.mark.prometheus
@pytest.mark.parametrize("minutes", [180, 6])
@pytest.mark.parametrize("group_by", [(), ("instance",)])
def test_alike_queries_have_the_numbers_that_each_has_alone(
    source: PrometheusSource, minutes: int, group_by: tuple[str, ...]
) -> None:
    # Short spans end where something happens: an hour, a half and two after START.
    for end in [NOON_SECONDS] if minutes == 180 else [START + 3660, START + 5520, START + 6960, START + 7260]:
        queries = [counter(requests(service), *group_by, sli=service) for service in SERVICES]
        assert [len(family.members) for family in families_in(queries, minutes)] == [len(SERVICES)]
        start = end - minutes * 60
        together = {answer.query.sli: answer for answer in source.answer(queries, start, end, progress=lambda _: None)}
        for query in queries:
            (alone,) = source.answer([query], start, end, progress=lambda _: None)
            assert together[query.sli].error is alone.error is None
            assert together[query.sli].groups.keys() == alone.groups.keys()
            for group, values in alone.groups.items():
                np.testing.assert_array_equal(together[query.sli].groups[group], values)


@pytest.mark.prometheus
@pytest.mark.parametrize("minutes", [180, 6])
@pytest.mark.parametrize(
    "text",
    [
        'sum(requests_total{service="NAME",code="200"}) + sum(requests_total{service="NAME",code="500"})',
        'sum(requests_total{service="NAME",instance="y"}) or sum(requests_total{service="NAME",instance="x"})',
        'requests_total{service="NAME",instance="y"} or requests_total{service="NAME",instance="x"}',
        'requests_total{service="NAME",code="200"} + requests_total{code="200",service="NAME"}',
        'requests_total{service="NAME"} or never_total{service="NAME"}',
        'sum(never_total{service="NAME"}) + sum(requests_total{service="NAME"})',
    ],
    ids=["sums", "a sum or another", "some or others", "added one by one", "or what never was", "added to nothing"],
)
def test_alike_sums_have_the_numbers_that_each_has_alone(source: PrometheusSource, text: str, minutes: int) -> None:
    for end in [NOON_SECONDS] if minutes == 180 else [START + 3660, START + 5460, START + 6960, START + 7260]:
        queries = [counter(text.replace("NAME", service), sli=service) for service in SERVICES]
        assert [family.values for family in families_in(queries, minutes)] == [list(SERVICES)]
        start = end - minutes * 60
        together = {answer.query.sli: answer for answer in source.answer(queries, start, end, progress=lambda _: None)}
        for query in queries:
            (alone,) = source.answer([query], start, end, progress=lambda _: None)
            assert together[query.sli].error is alone.error is None
            assert together[query.sli].groups.keys() == alone.groups.keys()
            for group, values in alone.groups.items():
                np.testing.assert_array_equal(together[query.sli].groups[group], values)


@pytest.mark.prometheus
@pytest.mark.parametrize(
    ("text", "group_by"),
    [
        ('requests_total{service="NAME",code="200",instance="x"}', ()),
        ('requests_total{service="NAME",code="200"}', ()),
        ('requests_total{service="NAME",code="200"}', ("instance",)),
        ('requests_total{service="NAME",code="200",instance="y"} > 7400', ()),
        ('max( requests_total{service="NAME"} )', ()),
        ('sum(requests_total{service="NAME"}) <= 23600', ()),
    ],
    ids=["one series", "several series", "groups", "compared", "aggregated", "aggregated and compared"],
)
def test_alike_values_are_what_each_is_alone(source: PrometheusSource, text: str, group_by: tuple[str, ...]) -> None:
    queries = [
        SourceQuery(service, Role.VALUE, text.replace("NAME", service), counter=False, group_by=group_by)
        for service in SERVICES
    ]
    assert [family.values for family in families_in(queries, 180)] == [list(SERVICES)]
    together = answers(source, queries)
    for query in queries:
        (alone,) = answers(source, [query]).values()
        assert str(together[query.sli].error) == str(alone.error)
        assert together[query.sli].groups.keys() == alone.groups.keys()
        for group, values in alone.groups.items():
            np.testing.assert_array_equal(together[query.sli].groups[group], values)


def test_small_families_share_a_request_over_short_spans() -> None:
    queries = [counter(f'{name}_total{{service="{service}"}}') for name in "xyz" for service in "abcd"]
    assert [len(request.families) for request in families_of(queries, 6)[0]] == [3]
    assert [len(request.families) for request in families_of(queries, 1440)[0]] == [1, 1, 1]


@pytest.mark.prometheus
def test_trouble_of_one_service_is_counted_and_is_nobody_elses(source: PrometheusSource) -> None:
    found = answers(source, [counter(requests(service), sli=service) for service in SERVICES])
    assert found["steady"].groups[()].tolist() == [8.0] * 180
    restarts = found["restarts"].groups[()]
    assert restarts[:119].tolist() == [8.0] * 119
    assert restarts[125:].tolist() == [8.0] * 55
    assert np.isnan(found["is.born"].groups[()][:60]).all()
    assert found["is.born"].groups[()][95:].tolist() == [8.0] * 85
    assert found["absent"].groups == {}


def test_what_differs_in_one_label_is_a_family_and_nothing_else_is() -> None:
    queries = [
        counter('x_total{service="a"}'),
        counter("sum( x_total{ service='b', } )"),
        counter('x_total{service="c",code="200"}'),
        counter('y_total{service="d"}'),
        counter('sum by (pod) (x_total{service="e"})'),
        counter('x_total{service="f"} + x_total{service="g"}'),
        SourceQuery("gauge", Role.VALUE, 'x_total{service="h"}', counter=False),
        counter('max(x_total{service="j"})'),
        counter('x_total{service="k"} > 3'),
        counter('x_total{service=""}'),
        counter('x_total{service=~"i.*"}'),
        counter('x_total{service="a"} + y_total{service="a"} - z_total{service="a"}'),
        counter('sum(x_total{service="a"}) or y_total{service="a"}'),
        counter('x_total{service="a"} + y_total{service="b"}'),
        counter('x_total{service="a",service!="b"}'),
        counter('max(x_total{service="a"}) + max(y_total{service="a"})'),
        SourceQuery("sum", Role.VALUE, 'x_total{service="h"} + y_total{service="h"}', counter=False),
        SourceQuery("sum", Role.VALUE, 'x_total{service="k"} + y_total{service="k"}', counter=False),
    ]
    families, rest = families_in(queries, 6), families_of(queries, 6)[1]
    assert [[value for value, _ in family.members] for family in families] == [["a", "b"]]
    assert rest == queries[2:]


def test_sums_of_the_same_counters_are_a_family_whatever_the_order_of_their_labels() -> None:
    queries = [
        counter('sum(x_total{service="a"}) + sum(y_total{code="200",service="a"})'),
        counter('sum( x_total{service="b"} )+sum(y_total{service="b",code="200"})'),
        counter('sum(x_total{service="c"}) or sum(y_total{service="c",code="200"})'),
    ]
    families, rest = families_of(queries, 6)
    assert [family.values for request in families for family in request.families] == [["a", "b"]]
    assert rest == queries[2:]


def test_the_label_in_which_most_differ_makes_the_family() -> None:
    queries = [counter(f'x_total{{service="{service}",code="200"}}') for service in "abc"]
    queries.append(counter('x_total{service="a",code="404"}'))
    families, rest = families_in(queries, 6), families_of(queries, 6)[1]
    assert [family.likeness.label for family in families] == ["service"]
    assert rest == queries[3:]


def test_values_are_matched_to_the_letter() -> None:
    (family,) = families_in([counter(f'x_total{{path="{path}"}}') for path in ("a.b", "c|d", "e(f)")], 6)
    text = family.likeness.text(value for value, _ in family.members)
    assert text == 'x_total{path=~"a\\\\.b|c\\\\|d|e\\\\(f\\\\)"}'


@pytest.mark.parametrize(("steps", "most"), [(1440, 100), (6, 300)])
def test_requests_stay_of_a_size_that_servers_bear(steps: int, most: int) -> None:
    families = families_in([counter(f'x_total{{service="svc-{number:05d}"}}') for number in range(1000)], steps)
    assert sum(len(family.members) for family in families) == 1000
    assert max(len(family.members) for family in families) == most


def test_a_family_that_is_refused_is_asked_in_parts() -> None:
    def reply(asked: Asked) -> Said:
        query = asked.form["query"]
        if query == "vector(1)":
            return ONE
        if "broken" in query:
            return failure(422, "execution", "no")
        values = [[float(at), "4"] for at in range(NOON_SECONDS - 540, NOON_SECONDS + 1, 60)]
        tags = [tag for tag in ("v", "p", "v0", "p0") if f'"{tag}"' in query]
        series = [
            {"metric": {"service": service, "leadline_query": tag}, "values": values}
            for tag in tags
            if tag.startswith("v")
            for service in ("a", "b", "c")
            if service in query.partition("service=")[2].partition("}")[0]
        ]
        return success({"resultType": "matrix", "result": series})

    queries = [counter(f'x_total{{service="{service}"}}', sli=service) for service in ("a", "broken", "b", "c")]
    with http_server(reply) as talk:
        source = PrometheusSource("metrics", {"url": talk.url}, {})
        found = answers(source, queries, start=NOON_SECONDS - 600)
        source.close()
    assert {sli for sli, answer in found.items() if answer.error} == {"broken"}
    assert {sli: answer.groups[()].tolist() for sli, answer in found.items() if answer.groups} == dict.fromkeys(
        ("a", "b", "c"), [4.0] * 10
    )
