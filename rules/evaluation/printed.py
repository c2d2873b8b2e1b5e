"""A policy's routes as the SQL that judges them, each under its clause, for who checks the law."""

from __future__ import annotations

import textwrap

from guantong.rules.evaluation.compile_policy import RouteRule, compile_policy
from guantong.rules.evaluation.routes import Routes
from guantong.rules.policy.document import Route
from guantong.rules.policy.load import Policy
from guantong.rules.rulebook import route_name

_WIDTH = 60  # characters of a line of a clause
_HEAD = """-- {document}　{title}
-- 每条路径一个查询：WHERE 之后是“谁可走这条路径”；各条件一列一名，真为符合、假为不符合、空（NULL）为不明；
-- 最外层的 CASE 按先后给出结论：held 已具备、ineligible 不符合、not_yet 未满年限、unverified 待核实、eligible 符合、refer 另行评价。
-- sure_ 是确定持有的等级（职称），possible_ 是可能持有的；since_…_first、_last 是所需等级最早、最晚取得之日；
-- ready_first、ready_on 是最早、最晚满年限之日；…_unread 为真，即单元格填了而不能识别。"""


def routes_as_sql(policy: Policy) -> str:
    """The routes of ``policy`` as text."""
    rules = compile_policy(policy)
    routes, about = Routes(rules), policy.document.policy
    parts = [_HEAD.format(document=about.document, title=about.title)]
    for rule, route in zip(rules, policy.document.routes, strict=True):
        parts.append(f"{_clause(policy, rule, route)}\n{_query(routes, rule)};")
    return "\n\n".join(parts)


def _clause(policy: Policy, rule: RouteRule, route: Route) -> str:
    """The route's name and the text of its clauses, as comments; the conditions and the clause of each."""
    document = policy.document
    texts = [f"{rule.id}　{route_name(route)}"]
    texts += [f"{clause}　{document.clauses[clause]}" for clause in route.clause.split("；")]
    texts += [f"  {name}：{document.conditions[name].name}（{document.conditions[name].clause}）" for name in rule.conditions]
    return "\n".join(f"-- {line}" for text in texts for line in textwrap.wrap(text, _WIDTH, drop_whitespace=False))


def _query(routes: Routes, rule: RouteRule) -> str:
    told = ", ".join(["ready_on", *rule.conditions])
    return routes.route_sql(rule, told)
