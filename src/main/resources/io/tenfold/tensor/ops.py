class Ops(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  def linear(self: __torch__.Ops, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.linear(x, weight, bias)
  def linear_without_bias(self: __torch__.Ops, x: Tensor, weight: Tensor) -> Tensor:
    return torch.linear(x, weight)
  def lora(self: __torch__.Ops, y: Tensor, x: Tensor, a: Tensor, b: Tensor, scale: Tensor, p: Tensor) -> Tensor:
    rate = float(p)
    if torch.gt(rate, 0.):
      dropped = torch.dropout(x, rate, True)
    else:
      dropped = x
    return torch.add(y, torch.linear(torch.linear(dropped, a), b), alpha=float(scale))
  def embedding(self: __torch__.Ops, ids: Tensor, table: Tensor) -> Tensor:
    return torch.embedding(table, ids)
  def layer_norm(self: __torch__.Ops, x: Tensor, weight: Tensor, bias: Tensor, eps: Tensor) -> Tensor:
    return torch.layer_norm(x, [torch.size(x, -1)], weight, bias, float(eps))
  def dropout(self: __torch__.Ops, x: Tensor, p: Tensor) -> Tensor:
    return torch.dropout(x, float(p), True)
  def dropout_residual_norm(self: __torch__.Ops, x: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: Tensor, p: Tensor) -> Tensor:
    rate = float(p)
    if torch.gt(rate, 0.):
      dropped = torch.dropout(x, rate, True)
    else:
      dropped = x
    return torch.layer_norm(torch.add(residual, dropped), [torch.size(x, -1)], weight, bias, float(eps))
  def gelu(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.gelu(x)
  def gelu_tanh(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.gelu(x, approximate="tanh")
  def relu(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.relu(x)
  def silu(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.silu(x)
  def tanh(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.tanh(x)
  def rows(self: __torch__.Ops, x: Tensor, index: Tensor) -> Tensor:
    return torch.index_select(x, 0, index)
  def attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, index: Tensor, mask: Tensor, heads: Tensor, p: Tensor) -> Tensor:
    b = torch.size(mask, 0)
    t = torch.size(mask, 3)
    h = torch.size(q, 1)
    n = int(heads)
    rate = float(p)
    d = torch.floordiv(h, n)
    shape = [torch.mul(b, t), h]
    split = [b, t, n, d]
    qs = torch.transpose(torch.view(torch.index_copy(torch.new_zeros(q, shape), 0, index, q), split), 1, 2)
    ks = torch.transpose(torch.view(torch.index_copy(torch.new_zeros(k, shape), 0, index, k), split), 1, 2)
    vs = torch.transpose(torch.view(torch.index_copy(torch.new_zeros(v, shape), 0, index, v), split), 1, 2)
    scores = torch.add(torch.mul(torch.matmul(qs, torch.transpose(ks, 2, 3)), torch.pow(float(d), -0.5)), mask)
    probs = torch.softmax(scores, -1)
    if torch.gt(rate, 0.):
      dropped = torch.dropout(probs, rate, True)
    else:
      dropped = probs
    o = torch.reshape(torch.transpose(torch.matmul(dropped, vs), 1, 2), shape)
    return torch.index_select(o, 0, index)
  def prefix_attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, pk: Tensor, pv: Tensor, index: Tensor, mask: Tensor, heads: Tensor, p: Tensor) -> Tensor:
    b = torch.size(mask, 0)
    t = torch.size(mask, 3)
    h = torch.size(q, 1)
    m = torch.size(pk, 0)
    n = int(heads)
    rate = float(p)
    d = torch.floordiv(h, n)
    shape = [torch.mul(b, t), h]
    split = [b, t, n, d]
    before = [b, n, m, d]
    qs = torch.transpose(torch.view(torch.index_copy(torch.new_zeros(q, shape), 0, index, q), split), 1, 2)
    ks = torch.transpose(torch.view(torch.index_copy(torch.new_zeros(k, shape), 0, index, k), split), 1, 2)
    vs = torch.transpose(torch.view(torch.index_copy(torch.new_zeros(v, shape), 0, index, v), split), 1, 2)
    pks = torch.expand(torch.unsqueeze(torch.transpose(torch.view(pk, [m, n, d]), 0, 1), 0), before)
    pvs = torch.expand(torch.unsqueeze(torch.transpose(torch.view(pv, [m, n, d]), 0, 1), 0), before)
    ks = torch.cat([pks, ks], 2)
    vs = torch.cat([pvs, vs], 2)
    masks = torch.cat([torch.new_zeros(mask, [b, 1, 1, m]), mask], 3)
    scores = torch.add(torch.mul(torch.matmul(qs, torch.transpose(ks, 2, 3)), torch.pow(float(d), -0.5)), masks)
    probs = torch.softmax(scores, -1)
    if torch.gt(rate, 0.):
      dropped = torch.dropout(probs, rate, True)
    else:
      dropped = probs
    o = torch.reshape(torch.transpose(torch.matmul(dropped, vs), 1, 2), shape)
    return torch.index_select(o, 0, index)
  def add(self: __torch__.Ops, a: Tensor, b: Tensor) -> Tensor:
    return torch.add(a, b)
  def cross_entropy(self: __torch__.Ops, logits: Tensor, labels: Tensor) -> Tensor:
    return torch.cross_entropy_loss(logits, labels, None, 2, -100, 0.)
  def mse(self: __torch__.Ops, predicted: Tensor, targets: Tensor) -> Tensor:
    return torch.mse_loss(predicted, targets, 2)
  def copy(self: __torch__.Ops, into: Tensor, source: Tensor) -> Tensor:
    return torch.copy_(into, source)
  def to_float(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.to(x, 6)
  def norm(self: __torch__.Ops, g: List[Tensor]) -> Tensor:
    return torch.linalg_vector_norm(torch.stack(torch._foreach_norm(g, 2)), 2)
  def scale(self: __torch__.Ops, g: List[Tensor], factor: Tensor) -> Tensor:
    torch._foreach_mul_(g, float(factor))
    return factor
  def zero(self: __torch__.Ops, g: List[Tensor]) -> Tensor:
    torch._foreach_zero_(g)
    return g[0]
  def adamw(self: __torch__.Ops, p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], s: List[Tensor], lr: Tensor, beta1: Tensor, beta2: Tensor, eps: Tensor, decay: Tensor) -> Tensor:
    unused: List[Tensor] = []
    torch._foreach_add_(s, 1)
    torch._fused_adamw_(p, g, m, v, unused, s, lr=float(lr), beta1=float(beta1), beta2=float(beta2), weight_decay=float(decay), eps=float(eps), amsgrad=False, maximize=False)
    return s[0]
