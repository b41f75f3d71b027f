"""Operations and parameters of any PyTorch network, layer by layer (paper eqs. 18-20; `metrics.cost`)."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from ganbodypose.metrics import cost

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_RECURRENT = (nn.GRU, nn.LSTM)
# Products by which networks weigh values with attention, outside any layer.
_PRODUCTS = {torch.matmul, torch.Tensor.matmul, torch.Tensor.__matmul__, torch.bmm, torch.Tensor.bmm}


def count_parameters(module: nn.Module) -> int:
    """Every number that training changes, the frozen ones too."""
    return sum(parameter.numel() for parameter in module.parameters())


def count_flops(module: nn.Module, *inputs: Any) -> dict[str, int]:
    """Operations of one forward pass over `inputs`: by layer (its name in the module), '(products)' for those
    outside layers, and 'total'. A multiplication and an addition are two; norms and activations do not count."""
    counted: dict[str, int] = {}
    handles = [
        layer.register_forward_hook(_counter(name, counted))
        for name, layer in module.named_modules()
        if isinstance(layer, (*_CONVOLUTIONS, *_RECURRENT, nn.Linear))
    ]
    try:
        with torch.no_grad(), _Products() as products:
            module(*inputs)
    finally:
        for handle in handles:
            handle.remove()
    if products.flops:
        counted["(products)"] = products.flops
    return counted | {"total": sum(counted.values())}


def _counter(name: str, counted: dict[str, int]) -> Callable[[nn.Module, Any, Any], None]:
    def count(layer: nn.Module, _: Any, output: Any) -> None:
        counted[name] = counted.get(name, 0) + _layer_flops(layer, output)

    return count


def _layer_flops(layer: nn.Module, output: Any) -> int:
    if isinstance(layer, _RECURRENT):
        steps = prod(output[0].shape[:-1])
        return sum(2 * steps * p.numel() for name, p in layer.named_parameters() if name.startswith("weight"))
    if isinstance(layer, nn.Linear):
        return cost.linear_flops(output.numel() // layer.out_features, layer.in_features, layer.out_features)
    assert isinstance(layer, _CONVOLUTIONS)
    size = output.shape[-len(layer.kernel_size) :]
    samples = output.numel() // (prod(size) * layer.out_channels)
    return samples * cost.conv_flops(
        size, layer.in_channels, layer.kernel_size, layer.out_channels, layer.groups
    )


class _Products(TorchFunctionMode):
    """Counts matrix products and attention that the network calls itself."""

    def __init__(self) -> None:
        super().__init__()
        self.flops = 0

    def __torch_function__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        del types
        result = function(*args, **(kwargs or {}))
        if function in _PRODUCTS:
            self.flops += 2 * result.numel() * args[0].shape[-1]
        elif function is F.scaled_dot_product_attention:
            query, key, value = args[:3]
            batch = prod(query.shape[:-2])
            self.flops += cost.attention_flops(
                batch, query.shape[-2], key.shape[-2], query.shape[-1], value.shape[-1]
            )
        elif function is torch.einsum:
            self.flops += _einsum_flops(*args)
        return result


def _einsum_flops(equation: str, *operands: Any) -> int:
    """Two operations for each combination of indices of a product of two; nothing is summed for one operand."""
    tensors = operands[0] if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else operands
    if len(tensors) < 2:
        return 0
    sizes: dict[str, int] = {}
    terms = equation.partition("->")[0].replace(" ", "").split(",")
    for term, tensor in zip(terms, tensors, strict=True):
        sizes |= dict(zip(term, tensor.shape, strict=True))
    return 2 * (len(tensors) - 1) * prod(sizes.values())
