"""Layers that are given the same input become one product: query, key and value, gate and up.

Which ones they are is seen in a pass of the model, not known by name: layers of one module that
were handed one and the same tensor, unchanged in between. The model's own code goes on calling each
of them; the first that gets a tensor multiplies for all, the others find their part of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


class Product:
    """What was multiplied last. Apart from the module, where setting an attribute takes ten times
    as long.
    """

    __slots__ = ("inputs", "parts")

    def __init__(self) -> None:
        self.inputs: torch.Tensor | None = None
        self.parts: Sequence[torch.Tensor] = ()


class JointLinear(nn.Module):  # type: ignore[misc]
    """The product of several layers. Used by one thread at a time."""

    def __init__(self, layers: list[nn.Linear]) -> None:
        super().__init__()
        with torch.no_grad():
            weight = torch.cat([layer.weight for layer in layers])
            bias = None if layers[0].bias is None else torch.cat([each.bias for each in layers])
        self.linear = nn.Linear(*reversed(weight.shape), bias=bias is not None, device="meta")
        self.linear.weight = nn.Parameter(weight, requires_grad=False)
        if bias is not None:
            self.linear.bias = nn.Parameter(bias, requires_grad=False)
        self._sizes = [layer.out_features for layer in layers]
        self._last = Product()

    def part(self, index: int, inputs: torch.Tensor) -> torch.Tensor:
        last = self._last
        if inputs is not last.inputs:
            last.inputs = inputs
            last.parts = torch.split_with_sizes(self.linear(inputs), self._sizes, -1)
        part = last.parts[index]
        if index == len(self._sizes) - 1:  # the last that asks: hold no memory for nobody
            last.inputs, last.parts = None, ()
        return part


class PartOfJoint(nn.Module):  # type: ignore[misc]
    """Stands in the place of one of the layers."""

    def __init__(self, joint: JointLinear, index: int, layer: nn.Linear) -> None:
        super().__init__()
        self.joint = joint
        self._index = index
        self.in_features, self.out_features = layer.in_features, layer.out_features

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.joint.part(self._index, inputs)


def join_linears(model: nn.Module) -> int:
    """Join the layers of a model on a CPU, in place; return how many joints that made."""
    calls: list[tuple[nn.Linear, torch.Tensor, int]] = []

    def note(layer: nn.Linear, arguments: tuple[torch.Tensor, ...]) -> None:
        calls.append((layer, arguments[0], arguments[0]._version))

    places = {
        child: (parent, name)
        for parent in model.modules()
        for name, child in parent.named_children()
        if type(child) is nn.Linear and child.weight.device.type == "cpu" and is_plain(child)
    }
    if not places:
        return 0
    hooks = [layer.register_forward_pre_hook(note) for layer in places]
    try:
        with torch.no_grad():  # not inference mode, in which a tensor does not count its changes
            model(input_ids=torch.zeros((1, 2), dtype=torch.long), use_cache=False)
    finally:
        for hook in hooks:
            hook.remove()
    times = {layer: sum(each is layer for each, _, _ in calls) for layer, _, _ in calls}
    groups: list[list[tuple[nn.Linear, torch.Tensor, int]]] = []
    for call in calls:
        if times[call[0]] > 1:
            continue
        if groups and _belongs(groups[-1][0], call, places):
            groups[-1].append(call)
        else:
            groups.append([call])
    joints = [[layer for layer, _, _ in group] for group in groups if len(group) > 1]
    for layers in joints:
        joint = JointLinear(layers)
        for index, layer in enumerate(layers):
            parent, name = places[layer]
            setattr(parent, name, PartOfJoint(joint, index, layer))
    return len(joints)


def is_plain(layer: nn.Module) -> bool:
    """False if a call does more than multiply."""
    return not (layer._forward_hooks or layer._forward_pre_hooks or "forward" in vars(layer))


def _belongs(
    first: tuple[nn.Linear, torch.Tensor, int],
    call: tuple[nn.Linear, torch.Tensor, int],
    places: dict[nn.Linear, tuple[nn.Module, str]],
) -> bool:
    """True if a call was given what the first one was given, and is as easily multiplied."""
    (one, inputs, version), (other, given, version_then) = first, call
    return (
        given is inputs
        and version == version_then
        and places[one][0] is places[other][0]
        and one.weight.dtype is other.weight.dtype
        and (one.bias is None) is (other.bias is None)
    )
