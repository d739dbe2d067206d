"""Rewrites a template's syntax tree so that every operation that can grow or repeat spends steps first."""

from __future__ import annotations

from typing import Any

from jinja2 import nodes
from jinja2.visitor import NodeTransformer


class PaidOperations(NodeTransformer):
    """Replaces operations that can grow or repeat by calls of our own functions, which spend steps first."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - the visitor's naming
        """Replaces `a ~ b` by `_joined`."""
        return _own("_joined", [self.visit(part) for part in node.nodes], node)

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802
        """Replaces a method call by `_method`."""
        self.generic_visit(node)
        callee = node.node
        if not isinstance(callee, nodes.Getattr):
            return node
        return _own("_method", [callee.node, nodes.Const(callee.attr), *node.args], node, node.kwargs)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802
        """Replaces a slice by `_slice`."""
        self.generic_visit(node)
        if not isinstance(node.arg, nodes.Slice):
            return node
        limits = [limit or nodes.Const(None) for limit in (node.arg.start, node.arg.stop, node.arg.step)]
        return _own("_slice", [node.node, *limits], node)

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        """Wraps the operands of a comparison in `_touched`."""
        self.generic_visit(node)
        node.expr = _own("_touched", [node.expr], node)
        for operand in node.ops:
            operand.expr = _own("_touched", [operand.expr], node)
        return node

    def visit_List(self, node: nodes.List) -> nodes.Node:  # noqa: N802
        """Wraps a list in `_bounded`."""
        self.generic_visit(node)
        return _own("_bounded", [node], node)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        """Wraps a tuple that is read in `_bounded`."""
        self.generic_visit(node)
        return _own("_bounded", [node], node) if node.ctx == "load" else node

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:  # noqa: N802
        """Wraps a dictionary in `_bounded`."""
        self.generic_visit(node)
        return _own("_bounded", [node], node)

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802
        """Wraps each printed expression in `_said`."""
        self.generic_visit(node)
        node.nodes = [
            part if isinstance(part, nodes.TemplateData) else _own("_said", [part], node) for part in node.nodes
        ]
        return node

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        """Wraps the iterable of a loop in `_each`, which spends the weight of the body in each pass."""
        weight = _weight(node.body)
        self.generic_visit(node)
        node.iter = _own("_each", [node.iter, nodes.Const(weight)], node)
        return node

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:  # noqa: N802
        """Adds `_step` to the start of a macro, which spends the weight of its body."""
        weight = _weight(node.body)
        self.generic_visit(node)
        pay = nodes.Output([_own("_step", [nodes.Const(weight)], node)], lineno=node.lineno)
        node.body = [pay, *node.body]
        return node


def _own(name: str, arguments: list[Any], node: nodes.Node, named: list[nodes.Keyword] | None = None) -> nodes.Call:
    return nodes.Call(nodes.Name(name, "load"), arguments, named or [], None, None, lineno=node.lineno)


def _weight(body: list[nodes.Node]) -> int:
    """Budget steps of one pass through these nodes."""
    inside = [node for one in body for node in (one, *one.find_all(nodes.Node))]
    return 2 + len(inside) // 4 + sum(len(node.data) >> 4 for node in inside if isinstance(node, nodes.TemplateData))
