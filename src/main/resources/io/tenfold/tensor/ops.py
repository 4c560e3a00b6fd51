class Ops(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  def linear(self: __torch__.Ops, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.linear(x, weight, bias)
  def linear_without_bias(self: __torch__.Ops, x: Tensor, weight: Tensor) -> Tensor:
    return torch.linear(x, weight)
  def lora(self: __torch__.Ops, y: Tensor, x: Tensor, a: Tensor, b: Tensor, scale: Tensor, p: Tensor) -> Tensor:
    return torch.addmm_(y, torch.linear((self).drop(x, float(p)), a), torch.t(b), alpha=float(scale))
  def add_scaled(self: __torch__.Ops, y: Tensor, x: Tensor, scale: Tensor) -> Tensor:
    return torch.add(y, x, alpha=float(scale))
  def scale_columns(self: __torch__.Ops, x: Tensor, factors: Tensor) -> Tensor:
    return torch.mul(x, torch.flatten(factors))
  def dora(self: __torch__.Ops, y: Tensor, x: Tensor, w: Tensor, bias: Tensor, a: Tensor, b: Tensor, m: Tensor, scale: Tensor, p: Tensor) -> Tensor:
    s = float(scale)
    rate = float(p)
    share = torch.view(torch.div(m, (self).dora_norm(w, a, b, scale)), [1, -1])
    if torch.gt(rate, 0.):
      dropped = (self).drop(x, rate)
      plain = torch.linear(dropped, w)
    else:
      dropped = x
      plain = torch.sub(y, bias)
    update = torch.mul(torch.linear(torch.linear(dropped, a), b), s)
    return torch.add(torch.addcmul(y, torch.sub(share, 1.), plain), torch.mul(share, update))
  def dora_norm(self: __torch__.Ops, w: Tensor, a: Tensor, b: Tensor, scale: Tensor) -> Tensor:
    merged = torch.add(w, torch.matmul(torch.detach(b), torch.detach(a)), alpha=float(scale))
    return torch.linalg_vector_norm(merged, 2, [1])
  def svd(self: __torch__.Ops, x: Tensor) -> List[Tensor]:
    u, s, vh, = torch.linalg_svd(x, False)
    return [u, s, vh]
  def qr(self: __torch__.Ops, x: Tensor) -> List[Tensor]:
    q, r, = torch.linalg_qr(x)
    return [q, r]
  def blockwise(self: __torch__.Ops, x: Tensor, table: Tensor, size: Tensor) -> List[Tensor]:
    n = torch.numel(x)
    block = int(size)
    blocks = torch.floordiv(torch.sub(torch.add(n, block), 1), block)
    flat = torch.constant_pad_nd(torch.reshape(x, [-1]), [0, torch.sub(torch.mul(blocks, block), n)], 0.)
    rows = torch.view(flat, [blocks, block])
    absmax = torch.amax(torch.abs(rows), [1])
    inverse = torch.reciprocal(torch.clamp(absmax, 9.9999999999999996e-39))
    scaled = torch.clamp(torch.mul(rows, torch.unsqueeze(inverse, 1)), -1., 1.)
    last = torch.numel(table)
    bounds = torch.mul(torch.add(torch.slice(table, 0, 0, torch.sub(last, 1)), torch.slice(table, 0, 1, last)), 0.5)
    codes = torch.bucketize(torch.view(scaled, [-1]), bounds, out_int32=True)
    return [torch.to(torch.slice(codes, 0, 0, torch.mul(torch.floordiv(torch.add(n, 1), 2), 2)), 0), absmax]
  def nf4_quantize(self: __torch__.Ops, w: Tensor, table: Tensor, dynamic: Tensor, size: Tensor, scales: Tensor) -> List[Tensor]:
    first = (self).blockwise(w, table, size)
    codes = first[0]
    count = torch.numel(codes)
    packed = torch.bitwise_or(torch.bitwise_left_shift(torch.slice(codes, 0, 0, count, 2), 4), torch.slice(codes, 0, 1, count, 2))
    offset = torch.mean(first[1])
    second = (self).blockwise(torch.sub(first[1], offset), dynamic, scales)
    return [packed, torch.clone(torch.slice(second[0], 0, 0, torch.numel(first[1]))), second[1], offset]
  def nf4_dequantize(self: __torch__.Ops, packed: Tensor, scales: Tensor, absmax: Tensor, offset: Tensor, pairs: Tensor, dynamic: Tensor, out: Tensor, wide: Tensor, size: Tensor, second: Tensor) -> Tensor:
    blocks = torch.numel(scales)
    coarse = torch.slice(torch.repeat_interleave(absmax, int(second)), 0, 0, blocks)
    fine = torch.index_select(dynamic, 0, torch.to(scales, 3))
    scale = torch.add(torch.mul(fine, coarse), offset)
    n = torch.mul(int(out), int(wide))
    values = torch.slice(torch.view(torch.index_select(pairs, 0, torch.to(packed, 3)), [-1]), 0, 0, n)
    block = int(size)
    if torch.eq(torch.remainder(n, block), 0):
      scaled = torch.view(torch.mul_(torch.view(values, [blocks, block]), torch.unsqueeze(scale, 1)), [-1])
    else:
      scaled = torch.mul(values, torch.slice(torch.repeat_interleave(scale, block), 0, 0, n))
    return torch.view(scaled, [int(out), int(wide)])
  def nf4_linear(self: __torch__.Ops, x: Tensor, bias: Tensor, packed: Tensor, scales: Tensor, absmax: Tensor, offset: Tensor, pairs: Tensor, dynamic: Tensor, out: Tensor, wide: Tensor, size: Tensor, second: Tensor) -> Tensor:
    return torch.linear(x, (self).nf4_dequantize(packed, scales, absmax, offset, pairs, dynamic, out, wide, size, second), bias)
  def embedding(self: __torch__.Ops, ids: Tensor, table: Tensor, sparse: Tensor) -> Tensor:
    return torch.embedding(table, ids, -1, False, torch.gt(float(sparse), 0.))
  def layer_norm(self: __torch__.Ops, x: Tensor, weight: Tensor, bias: Tensor, eps: Tensor) -> Tensor:
    return torch.layer_norm(x, [torch.size(x, -1)], weight, bias, float(eps))
  def dropout(self: __torch__.Ops, x: Tensor, p: Tensor) -> Tensor:
    return (self).drop(x, float(p))
  def dropout_residual_norm(self: __torch__.Ops, x: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: Tensor, p: Tensor) -> Tensor:
    rate = float(p)
    if torch.__and__(torch.gt(rate, 0.), torch.__not__(ops.prim.is_cuda(x))):
      sum = torch.addcmul(residual, x, (self).noise(x, rate))
    else:
      sum = torch.add(residual, (self).drop(x, rate))
    return torch.layer_norm(sum, [torch.size(x, -1)], weight, bias, float(eps))
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
  def prepend(self: __torch__.Ops, x: Tensor, virtual: Tensor, index: Tensor) -> Tensor:
    return torch.index_select(torch.cat([virtual, x], 0), 0, index)
  def lstm(self: __torch__.Ops, x: Tensor, layers: Tensor, p: Tensor, weights: List[Tensor]) -> Tensor:
    n = int(layers)
    rate = float(p)
    state = torch.new_zeros(x, [torch.mul(2, n), 1, torch.size(weights[1], 1)])
    y, _0, _1 = torch.lstm(torch.unsqueeze(x, 0), [state, state], weights, True, n, rate, True, True, True)
    return torch.squeeze(y, 0)
  def attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, heads: Tensor, p: Tensor, index: List[Tensor], mask: List[Tensor]) -> Tensor:
    sizes = (self).group_sizes(index, mask)
    qs = torch.split_with_sizes(q, sizes, 0)
    ks = torch.split_with_sizes(k, sizes, 0)
    vs = torch.split_with_sizes(v, sizes, 0)
    n = int(heads)
    rate = float(p)
    done: List[Tensor] = []
    for g in range(torch.len(sizes)):
      b = torch.size(mask[g], 0)
      t = torch.size(mask[g], 3)
      even = torch.eq(torch.numel(index[g]), 0)
      qg = (self).heads(qs[g], index[g], b, t, n, even)
      kg = (self).heads(ks[g], index[g], b, t, n, even)
      vg = (self).heads(vs[g], index[g], b, t, n, even)
      og = (self).attend(qg, kg, vg, mask[g], rate, even)
      o = torch.reshape(torch.transpose(og, 1, 2), [torch.mul(b, t), torch.size(q, 1)])
      if even:
        _0 = torch.append(done, o)
      else:
        _1 = torch.append(done, torch.index_select(o, 0, index[g]))
    return torch.cat(done, 0)
  def prefix_attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, pk: Tensor, pv: Tensor, heads: Tensor, p: Tensor, index: List[Tensor], mask: List[Tensor]) -> Tensor:
    sizes = (self).group_sizes(index, mask)
    qs = torch.split_with_sizes(q, sizes, 0)
    ks = torch.split_with_sizes(k, sizes, 0)
    vs = torch.split_with_sizes(v, sizes, 0)
    n = int(heads)
    m = torch.size(pk, 0)
    d = torch.floordiv(torch.size(q, 1), n)
    pks = torch.unsqueeze(torch.transpose(torch.view(pk, [m, n, d]), 0, 1), 0)
    pvs = torch.unsqueeze(torch.transpose(torch.view(pv, [m, n, d]), 0, 1), 0)
    rate = float(p)
    done: List[Tensor] = []
    for g in range(torch.len(sizes)):
      b = torch.size(mask[g], 0)
      t = torch.size(mask[g], 3)
      even = torch.eq(torch.numel(index[g]), 0)
      qg = (self).heads(qs[g], index[g], b, t, n, even)
      kg = torch.cat([torch.expand(pks, [b, n, m, d]), (self).heads(ks[g], index[g], b, t, n, even)], 2)
      vg = torch.cat([torch.expand(pvs, [b, n, m, d]), (self).heads(vs[g], index[g], b, t, n, even)], 2)
      masked = torch.cat([torch.new_zeros(mask[g], [b, 1, 1, m]), mask[g]], 3)
      og = (self).attend(qg, kg, vg, masked, rate, even)
      o = torch.reshape(torch.transpose(og, 1, 2), [torch.mul(b, t), torch.size(q, 1)])
      if even:
        _0 = torch.append(done, o)
      else:
        _1 = torch.append(done, torch.index_select(o, 0, index[g]))
    return torch.cat(done, 0)
  def first_attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, heads: Tensor, p: Tensor, index: List[Tensor], mask: List[Tensor]) -> Tensor:
    sizes = (self).group_sizes(index, mask)
    ks = torch.split_with_sizes(k, sizes, 0)
    vs = torch.split_with_sizes(v, sizes, 0)
    n = int(heads)
    h = torch.size(q, 1)
    rate = float(p)
    done: List[Tensor] = []
    row = 0
    for g in range(torch.len(sizes)):
      b = torch.size(mask[g], 0)
      t = torch.size(mask[g], 3)
      even = torch.eq(torch.numel(index[g]), 0)
      qg = torch.transpose(torch.view(torch.slice(q, 0, row, torch.add(row, b)), [b, 1, n, torch.floordiv(h, n)]), 1, 2)
      kg = (self).heads(ks[g], index[g], b, t, n, even)
      vg = (self).heads(vs[g], index[g], b, t, n, even)
      og = (self).attend(qg, kg, vg, mask[g], rate, even)
      _0 = torch.append(done, torch.reshape(torch.transpose(og, 1, 2), [b, h]))
      row = torch.add(row, b)
    return torch.cat(done, 0)
  def first_prefix_attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, pk: Tensor, pv: Tensor, heads: Tensor, p: Tensor, index: List[Tensor], mask: List[Tensor]) -> Tensor:
    sizes = (self).group_sizes(index, mask)
    ks = torch.split_with_sizes(k, sizes, 0)
    vs = torch.split_with_sizes(v, sizes, 0)
    n = int(heads)
    h = torch.size(q, 1)
    m = torch.size(pk, 0)
    d = torch.floordiv(h, n)
    pks = torch.unsqueeze(torch.transpose(torch.view(pk, [m, n, d]), 0, 1), 0)
    pvs = torch.unsqueeze(torch.transpose(torch.view(pv, [m, n, d]), 0, 1), 0)
    rate = float(p)
    done: List[Tensor] = []
    row = 0
    for g in range(torch.len(sizes)):
      b = torch.size(mask[g], 0)
      t = torch.size(mask[g], 3)
      even = torch.eq(torch.numel(index[g]), 0)
      qg = torch.transpose(torch.view(torch.slice(q, 0, row, torch.add(row, b)), [b, 1, n, d]), 1, 2)
      kg = torch.cat([torch.expand(pks, [b, n, m, d]), (self).heads(ks[g], index[g], b, t, n, even)], 2)
      vg = torch.cat([torch.expand(pvs, [b, n, m, d]), (self).heads(vs[g], index[g], b, t, n, even)], 2)
      masked = torch.cat([torch.new_zeros(mask[g], [b, 1, 1, m]), mask[g]], 3)
      og = (self).attend(qg, kg, vg, masked, rate, even)
      _0 = torch.append(done, torch.reshape(torch.transpose(og, 1, 2), [b, h]))
      row = torch.add(row, b)
    return torch.cat(done, 0)
  def group_sizes(self: __torch__.Ops, index: List[Tensor], mask: List[Tensor]) -> List[int]:
    sizes: List[int] = []
    for g in range(torch.len(index)):
      if torch.eq(torch.numel(index[g]), 0):
        _0 = torch.append(sizes, torch.numel(mask[g]))
      else:
        _1 = torch.append(sizes, torch.numel(index[g]))
    return sizes
  def heads(self: __torch__.Ops, x: Tensor, index: Tensor, b: int, t: int, n: int, even: bool) -> Tensor:
    h = torch.size(x, 1)
    if even:
      padded = x
    else:
      padded = torch.index_copy(torch.new_zeros(x, [torch.mul(b, t), h]), 0, index, x)
    return torch.transpose(torch.view(padded, [b, t, n, torch.floordiv(h, n)]), 1, 2)
  def attend(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, rate: float, even: bool) -> Tensor:
    long = torch.__and__(torch.eq(rate, 0.), torch.ge(torch.size(k, 2), 256))
    if torch.__or__(ops.prim.is_cuda(q), long):
      o = torch.scaled_dot_product_attention(q, k, v, torch.expand(mask, [torch.size(q, 0), 1, torch.size(q, 2), torch.size(k, 2)]), rate, False)
    else:
      scores = torch.mul(torch.matmul(q, torch.transpose(k, 2, 3)), torch.pow(float(torch.size(q, 3)), -0.5))
      if even:
        masked = scores
      else:
        masked = torch.add(scores, mask)
      o = torch.matmul((self).drop(torch.softmax(masked, -1), rate), v)
    return o
  def drop(self: __torch__.Ops, x: Tensor, rate: float) -> Tensor:
    if torch.gt(rate, 0.):
      if ops.prim.is_cuda(x):
        dropped = torch.dropout(x, rate, True)
      else:
        dropped = torch.mul(x, (self).noise(x, rate))
    else:
      dropped = x
    return dropped
  def noise(self: __torch__.Ops, x: Tensor, rate: float) -> Tensor:
    n = torch.numel(x)
    empty = torch.new_empty(x, [torch.floordiv(torch.add(n, 3), 4)], dtype=4)
    bits = torch.random_(empty, torch.sub(-9223372036854775807, 1), None)
    dropped = int(torch.add(torch.mul(rate, 65536.), 0.5))
    least = torch.mul(torch.sub(dropped, 32768), 281474976710656)
    lanes = [torch.ge(bits, least), torch.ge(torch.bitwise_left_shift(bits, 16), least), torch.ge(torch.bitwise_left_shift(bits, 32), least), torch.ge(torch.bitwise_left_shift(bits, 48), least)]
    kept = torch.to(torch.slice(torch.cat(lanes), 0, 0, n), x, False, False)
    scale = torch.div(65536., float(torch.sub(65536, dropped)))
    return torch.view(torch.mul_(kept, scale), torch.size(x))
  def transposed(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.contiguous(torch.t(x))
  def multiply(self: __torch__.Ops, a: Tensor, b: Tensor) -> Tensor:
    return torch.mul(a, b)
  def rms_norm(self: __torch__.Ops, x: Tensor, weight: Tensor, eps: Tensor) -> Tensor:
    return torch.rms_norm(x, [torch.size(x, -1)], weight, float(eps))
  def rms_norm_of_heads(self: __torch__.Ops, x: Tensor, weight: Tensor, eps: Tensor) -> Tensor:
    size = torch.numel(weight)
    heads = torch.view(x, [torch.size(x, 0), torch.floordiv(torch.size(x, 1), size), size])
    return torch.view(torch.rms_norm(heads, [size], weight, float(eps)), torch.size(x))
  def residual(self: __torch__.Ops, x: Tensor, residual: Tensor, p: Tensor) -> Tensor:
    rate = float(p)
    if torch.__and__(torch.gt(rate, 0.), torch.__not__(ops.prim.is_cuda(x))):
      sum = torch.addcmul(residual, x, (self).noise(x, rate))
    else:
      sum = torch.add(residual, (self).drop(x, rate))
    return sum
  def columns(self: __torch__.Ops, x: Tensor, start: Tensor, width: Tensor) -> Tensor:
    return torch.narrow(x, 1, int(start), int(width))
  def rotary(self: __torch__.Ops, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    half = torch.size(cos, 1)
    size = torch.mul(half, 2)
    heads = torch.view(x, [torch.size(x, 0), torch.floordiv(torch.size(x, 1), size), size])
    a = torch.slice(heads, 2, 0, half)
    b = torch.slice(heads, 2, half, size)
    c = torch.unsqueeze(cos, 1)
    s = torch.unsqueeze(sin, 1)
    turned = torch.cat([torch.addcmul(torch.mul(a, c), b, s, value=-1), torch.addcmul(torch.mul(b, c), a, s)], 2)
    return torch.view(turned, torch.size(x))
  def causal_attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, pk: Tensor, pv: Tensor, heads: Tensor, size: Tensor, window: Tensor, scale: Tensor, p: Tensor, limit: Tensor, index: List[Tensor], mask: List[Tensor]) -> Tensor:
    sizes = (self).group_sizes(index, mask)
    qs = torch.split_with_sizes(q, sizes, 0)
    ks = torch.split_with_sizes(k, sizes, 0)
    vs = torch.split_with_sizes(v, sizes, 0)
    n = int(heads)
    d = int(size)
    kv = torch.floordiv(torch.size(k, 1), d)
    m = torch.size(pk, 0)
    pks = torch.unsqueeze(torch.transpose(torch.view(pk, [m, kv, d]), 0, 1), 0)
    pvs = torch.unsqueeze(torch.transpose(torch.view(pv, [m, kv, d]), 0, 1), 0)
    done: List[Tensor] = []
    for g in range(torch.len(sizes)):
      b = torch.size(mask[g], 0)
      t = torch.size(mask[g], 3)
      even = torch.eq(torch.numel(index[g]), 0)
      qg = (self).heads(qs[g], index[g], b, t, n, even)
      kg = (self).heads(ks[g], index[g], b, t, kv, even)
      vg = (self).heads(vs[g], index[g], b, t, kv, even)
      og = (self).causal(qg, kg, vg, torch.expand(pks, [b, kv, m, d]), torch.expand(pvs, [b, kv, m, d]), int(window), float(scale), float(p), int(limit))
      o = torch.reshape(torch.transpose(og, 1, 2), [torch.mul(b, t), torch.size(q, 1)])
      if even:
        _0 = torch.append(done, o)
      else:
        _1 = torch.append(done, torch.index_select(o, 0, index[g]))
    return torch.cat(done, 0)
  def causal(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, pk: Tensor, pv: Tensor, window: int, scale: float, rate: float, limit: int) -> Tensor:
    b = torch.size(q, 0)
    n = torch.size(q, 1)
    t = torch.size(q, 2)
    kv = torch.size(k, 1)
    m = torch.size(pk, 2)
    slides = torch.__and__(torch.gt(window, 0), torch.lt(window, t))
    plain = torch.__and__(torch.__not__(slides), torch.eq(m, 0))
    gpu = ops.prim.is_cuda(q)
    long = torch.__and__(torch.eq(rate, 0.), torch.ge(t, 64))
    fused = torch.__or__(gpu, long)
    if torch.__and__(fused, plain):
      o = torch.scaled_dot_product_attention(q, (self).widened(k, n), (self).widened(v, n), None, rate, True, scale=scale)
    else:
      if fused:
        block = torch.mul(n, b)
      else:
        block = 1
      rows = torch.floordiv(torch.mul(limit, block), torch.mul(torch.mul(b, n), torch.add(t, m)))
      if torch.lt(rows, 1):
        step = 1
      else:
        step = rows
      parts: List[Tensor] = []
      count = torch.floordiv(torch.sub(torch.add(t, step), 1), step)
      for i in range(count):
        start = torch.mul(i, step)
        end = ops.prim.min(torch.add(start, step), t)
        if slides:
          low = ops.prim.max(torch.add(torch.sub(start, window), 1), 0)
        else:
          low = 0
        qc = torch.slice(q, 2, start, end)
        kc = torch.slice(k, 2, low, end)
        vc = torch.slice(v, 2, low, end)
        if torch.gt(m, 0):
          kp = torch.cat([pk, kc], 2)
          vp = torch.cat([pv, vc], 2)
        else:
          kp = kc
          vp = vc
        hidden = (self).unseen(q, torch.sub(end, start), torch.sub(end, low), torch.sub(start, low), window, slides, m)
        if fused:
          part = torch.scaled_dot_product_attention(qc, (self).widened(kp, n), (self).widened(vp, n), torch.expand(hidden, [b, 1, torch.size(hidden, 0), torch.size(hidden, 1)]), rate, False, scale=scale)
        else:
          part = (self).grouped(qc, kp, vp, hidden, scale, rate)
        _0 = torch.append(parts, part)
      if torch.eq(count, 1):
        o = parts[0]
      else:
        o = torch.cat(parts, 2)
    return o
  def unseen(self: __torch__.Ops, like: Tensor, rows: int, keys: int, behind: int, window: int, slides: bool, prefix: int) -> Tensor:
    all = torch.new_full(like, [rows, keys], -inf)
    later = torch.triu(all, torch.add(behind, 1))
    if slides:
      hidden = torch.add(later, torch.tril(all, torch.sub(behind, window)))
    else:
      hidden = later
    if torch.gt(prefix, 0):
      masked = torch.cat([torch.new_zeros(like, [rows, prefix]), hidden], 1)
    else:
      masked = hidden
    return masked
  def widened(self: __torch__.Ops, x: Tensor, heads: int) -> Tensor:
    b = torch.size(x, 0)
    kv = torch.size(x, 1)
    t = torch.size(x, 2)
    d = torch.size(x, 3)
    if torch.eq(kv, heads):
      wide = x
    else:
      wide = torch.reshape(torch.expand(torch.unsqueeze(x, 2), [b, kv, torch.floordiv(heads, kv), t, d]), [b, heads, t, d])
    return wide
  def grouped(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, scale: float, rate: float) -> Tensor:
    b = torch.size(q, 0)
    n = torch.size(q, 1)
    t = torch.size(q, 2)
    kv = torch.size(k, 1)
    each = torch.mul(torch.floordiv(n, kv), t)
    together = torch.reshape(torch.mul(q, scale), [b, kv, each, torch.size(q, 3)])
    scores = torch.view(torch.matmul(together, torch.transpose(k, 2, 3)), [b, n, t, torch.size(k, 2)])
    shares = (self).drop(torch.softmax(torch.add_(scores, mask), -1), rate)
    return torch.view(torch.matmul(torch.view(shares, [b, kv, each, torch.size(k, 2)]), v), [b, n, t, torch.size(v, 3)])
  def last_attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, pk: Tensor, pv: Tensor, heads: Tensor, size: Tensor, window: Tensor, scale: Tensor, p: Tensor, index: List[Tensor], mask: List[Tensor]) -> Tensor:
    sizes = (self).group_sizes(index, mask)
    ks = torch.split_with_sizes(k, sizes, 0)
    vs = torch.split_with_sizes(v, sizes, 0)
    n = int(heads)
    d = int(size)
    kv = torch.floordiv(torch.size(k, 1), d)
    m = torch.size(pk, 0)
    w = int(window)
    pks = torch.unsqueeze(torch.transpose(torch.view(pk, [m, kv, d]), 0, 1), 0)
    pvs = torch.unsqueeze(torch.transpose(torch.view(pv, [m, kv, d]), 0, 1), 0)
    done: List[Tensor] = []
    row = 0
    for g in range(torch.len(sizes)):
      b = torch.size(mask[g], 0)
      t = torch.size(mask[g], 3)
      even = torch.eq(torch.numel(index[g]), 0)
      qg = torch.view(torch.slice(q, 0, row, torch.add(row, b)), [b, n, 1, d])
      kg = (self).heads(ks[g], index[g], b, t, kv, even)
      vg = (self).heads(vs[g], index[g], b, t, kv, even)
      seen = mask[g]
      if torch.__and__(torch.gt(w, 0), torch.lt(w, t)):
        lengths = torch.sum(torch.eq(seen, 0.), [3], True)
        places = torch.view(torch.arange(t, dtype=4, device=ops.prim.device(q)), [1, 1, 1, t])
        hidden = torch.masked_fill(seen, torch.lt(places, torch.sub(lengths, w)), -inf)
      else:
        hidden = seen
      if torch.gt(m, 0):
        kp = torch.cat([torch.expand(pks, [b, kv, m, d]), kg], 2)
        vp = torch.cat([torch.expand(pvs, [b, kv, m, d]), vg], 2)
        masked = torch.cat([torch.new_zeros(seen, [b, 1, 1, m]), hidden], 3)
      else:
        kp = kg
        vp = vg
        masked = hidden
      _0 = torch.append(done, torch.reshape((self).grouped(qg, kp, vp, masked, float(scale), float(p)), [b, torch.size(q, 1)]))
      row = torch.add(row, b)
    return torch.cat(done, 0)
  def remember(self: __torch__.Ops, cache: Tensor, x: Tensor, row: Tensor, place: Tensor) -> Tensor:
    kv = torch.size(cache, 1)
    capacity = torch.size(cache, 2)
    d = torch.size(cache, 3)
    head = torch.arange(kv, dtype=4, device=ops.prim.device(x))
    first = torch.add(torch.unsqueeze(torch.mul(row, kv), 1), torch.unsqueeze(head, 0))
    index = torch.flatten(torch.add(torch.mul(first, capacity), torch.unsqueeze(place, 1)))
    written = torch.index_copy_(torch.view(cache, [-1, d]), 0, index, torch.reshape(x, [-1, d]))
    return cache
  def step_attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, lengths: Tensor, pk: Tensor, pv: Tensor, window: Tensor, scale: Tensor) -> Tensor:
    b = torch.size(k, 0)
    kv = torch.size(k, 1)
    d = torch.size(k, 3)
    m = torch.size(pk, 0)
    w = int(window)
    t = int(torch.max(lengths))
    if torch.gt(w, 0):
      low = ops.prim.max(torch.sub(int(torch.min(lengths)), w), 0)
    else:
      low = 0
    kg = torch.slice(k, 2, low, t)
    vg = torch.slice(v, 2, low, t)
    places = torch.view(torch.arange(low, t, dtype=4, device=ops.prim.device(q)), [1, 1, 1, -1])
    ends = torch.view(lengths, [b, 1, 1, 1])
    zeros = torch.new_zeros(q, [b, 1, 1, torch.sub(t, low)])
    seen = torch.masked_fill(zeros, torch.ge(places, ends), -inf)
    if torch.gt(w, 0):
      hidden = torch.masked_fill(seen, torch.lt(places, torch.sub(ends, w)), -inf)
    else:
      hidden = seen
    if torch.gt(m, 0):
      pks = torch.unsqueeze(torch.transpose(torch.view(pk, [m, kv, d]), 0, 1), 0)
      pvs = torch.unsqueeze(torch.transpose(torch.view(pv, [m, kv, d]), 0, 1), 0)
      kp = torch.cat([torch.expand(pks, [b, kv, m, d]), kg], 2)
      vp = torch.cat([torch.expand(pvs, [b, kv, m, d]), vg], 2)
      masked = torch.cat([torch.new_zeros(q, [b, 1, 1, m]), hidden], 3)
    else:
      kp = kg
      vp = vg
      masked = hidden
    qg = torch.view(q, [b, torch.floordiv(torch.size(q, 1), d), 1, d])
    return torch.reshape((self).grouped(qg, kp, vp, masked, float(scale), 0.), [b, torch.size(q, 1)])
  def vocabulary_loss(self: __torch__.Ops, hidden: Tensor, weight: Tensor, labels: Tensor, shares: Tensor, chunk: Tensor, trained: Tensor) -> List[Tensor]:
    n = torch.size(hidden, 0)
    c = int(chunk)
    wanted = torch.gt(float(trained), 0.)
    dh = torch.empty_like(hidden)
    if wanted:
      dw = torch.zeros_like(weight)
    else:
      dw = torch.new_zeros(weight, [0])
    loss = torch.new_zeros(hidden, annotate(List[int], []))
    for i in range(torch.floordiv(torch.sub(torch.add(n, c), 1), c)):
      start = torch.mul(i, c)
      end = ops.prim.min(torch.add(start, c), n)
      h = torch.slice(hidden, 0, start, end)
      l = torch.slice(labels, 0, start, end)
      counted = torch.mul(torch.slice(shares, 0, start, end), torch.to(torch.ge(l, 0), 6))
      word = torch.unsqueeze(torch.clamp(l, 0), 1)
      logits = torch.linear(h, weight)
      top = torch.logsumexp(logits, [1])
      apart = torch.sub(top, torch.squeeze(torch.gather(logits, 1, word), 1))
      _0 = torch.add_(loss, torch.sum(torch.mul(apart, counted)))
      p = torch.exp_(torch.sub_(logits, torch.unsqueeze(top, 1)))
      _1 = torch.scatter_add_(p, 1, word, torch.new_full(p, [torch.sub(end, start), 1], -1.))
      _2 = torch.mul_(p, torch.unsqueeze(counted, 1))
      _3 = torch.copy_(torch.slice(dh, 0, start, end), torch.matmul(p, weight))
      if wanted:
        _4 = torch.addmm_(dw, torch.t(p), h)
    return [loss, dh, dw]
  def vocabulary_scores(self: __torch__.Ops, hidden: Tensor, weight: Tensor, labels: Tensor, chunk: Tensor) -> List[Tensor]:
    n = torch.size(hidden, 0)
    c = int(chunk)
    losses: List[Tensor] = []
    hits: List[Tensor] = []
    for i in range(torch.floordiv(torch.sub(torch.add(n, c), 1), c)):
      start = torch.mul(i, c)
      end = ops.prim.min(torch.add(start, c), n)
      l = torch.slice(labels, 0, start, end)
      logits = torch.linear(torch.slice(hidden, 0, start, end), weight)
      word = torch.unsqueeze(torch.clamp(l, 0), 1)
      apart = torch.sub(torch.logsumexp(logits, [1]), torch.squeeze(torch.gather(logits, 1, word), 1))
      _0 = torch.append(losses, torch.mul(apart, torch.to(torch.ge(l, 0), 6)))
      _1 = torch.append(hits, torch.to(torch.eq(torch.argmax(logits, 1), l), 6))
    return [torch.cat(losses, 0), torch.cat(hits, 0)]
  def top_words(self: __torch__.Ops, hidden: Tensor, weight: Tensor, k: Tensor, temperature: Tensor, chunk: Tensor) -> List[Tensor]:
    n = torch.size(hidden, 0)
    c = int(chunk)
    most = int(k)
    t = float(temperature)
    ids: List[Tensor] = []
    logs: List[Tensor] = []
    for i in range(torch.floordiv(torch.sub(torch.add(n, c), 1), c)):
      start = torch.mul(i, c)
      end = ops.prim.min(torch.add(start, c), n)
      logits = torch.div_(torch.linear(torch.slice(hidden, 0, start, end), weight), t)
      all = torch.logsumexp(logits, [1], True)
      top, words, = torch.topk(logits, most, 1)
      rest = torch.logsumexp(torch.scatter_(logits, 1, words, -inf), [1], True)
      _0 = torch.append(logs, torch.sub(torch.cat([top, rest], 1), all))
      _1 = torch.append(ids, torch.to(words, 3))
    return [torch.cat(ids, 0), torch.cat(logs, 0)]
  def taught_words(self: __torch__.Ops, hidden: Tensor, weight: Tensor, labels: Tensor, ids: Tensor, logs: Tensor, theirs: Tensor, table: Tensor, hard: Tensor, temperature: Tensor, reverse: Tensor, chunk: Tensor, trained: Tensor) -> List[Tensor]:
    n = torch.size(hidden, 0)
    c = int(chunk)
    t = float(temperature)
    w = float(hard)
    soft = torch.sub(1., w)
    turned = torch.gt(float(reverse), 0.)
    every = torch.gt(torch.numel(theirs), 0)
    wanted = torch.gt(float(trained), 0.)
    dh = torch.empty_like(hidden)
    if wanted:
      dw = torch.zeros_like(weight)
    else:
      dw = torch.new_zeros(weight, [0])
    loss = torch.new_zeros(hidden, annotate(List[int], []))
    for i in range(torch.floordiv(torch.sub(torch.add(n, c), 1), c)):
      start = torch.mul(i, c)
      end = ops.prim.min(torch.add(start, c), n)
      h = torch.slice(hidden, 0, start, end)
      word = torch.unsqueeze(torch.slice(labels, 0, start, end), 1)
      logits = torch.linear(h, weight)
      said = torch.log_softmax(logits, 1)
      _0 = torch.sub_(loss, torch.mul(torch.sum(torch.gather(said, 1, word)), w))
      d = torch.exp_(said)
      _1 = torch.scatter_add_(d, 1, word, torch.new_full(d, [torch.sub(end, start), 1], -1.))
      _2 = torch.mul_(d, w)
      own = torch.log_softmax(torch.div_(logits, t), 1)
      if every:
        taught = torch.linear(torch.slice(theirs, 0, start, end), table)
        apart, toward = (self).apart(own, torch.log_softmax(torch.div_(taught, t), 1), turned)
      else:
        apart, toward = (self).apart_at(own, torch.to(torch.slice(ids, 0, start, end), 4), torch.slice(logs, 0, start, end), turned)
      _3 = torch.add_(loss, torch.mul(apart, torch.mul(torch.mul(soft, t), t)))
      _4 = torch.add_(d, toward, alpha=torch.mul(soft, t))
      _5 = torch.copy_(torch.slice(dh, 0, start, end), torch.matmul(d, weight))
      if wanted:
        _6 = torch.addmm_(dw, torch.t(d), h)
    return [loss, dh, dw]
  def apart(self: __torch__.Ops, own: Tensor, theirs: Tensor, turned: bool) -> Tuple[Tensor, Tensor]:
    p = torch.exp(own)
    if turned:
      further = torch.sub(own, theirs)
      rows = torch.sum(torch.mul(p, further), [1], True)
      result = (torch.sum(rows), torch.mul(p, torch.sub(further, rows)))
    else:
      q = torch.exp(theirs)
      result = (torch.sum(torch.mul(q, torch.sub(theirs, own))), torch.sub(p, q))
    return result
  def apart_at(self: __torch__.Ops, own: Tensor, ids: Tensor, theirs: Tensor, turned: bool) -> Tuple[Tensor, Tensor]:
    k = torch.size(ids, 1)
    others = torch.logsumexp(torch.scatter(own, 1, ids, -inf), [1], True)
    few = torch.cat([torch.gather(own, 1, ids), others], 1)
    last = torch.slice(theirs, 1, k, torch.add(k, 1))
    p = torch.exp(own)
    if turned:
      further = torch.sub(few, theirs)
      rows = torch.sum(torch.mul(torch.exp(few), further), [1], True)
      each = torch.repeat(torch.slice(further, 1, k, torch.add(k, 1)), [1, torch.size(own, 1)])
      _0 = torch.scatter_(each, 1, ids, torch.slice(further, 1, 0, k))
      result = (torch.sum(rows), torch.mul(p, torch.sub(each, rows)))
    else:
      q = torch.exp(theirs)
      wish = torch.exp(torch.add(own, torch.sub(last, others)))
      _1 = torch.scatter_(wish, 1, ids, torch.slice(q, 1, 0, k))
      result = (torch.sum(torch.mul(q, torch.sub(theirs, few))), torch.sub(p, wish))
    return result
  def with_gradient(self: __torch__.Ops, value: Tensor, x: Tensor, gradient: Tensor) -> Tensor:
    product = torch.dot(torch.reshape(x, [-1]), torch.reshape(gradient, [-1]))
    return torch.add(value, torch.sub(product, torch.detach(product)))
  def is_recorded(self: __torch__.Ops, x: Tensor) -> Tensor:
    if ops.prim.requires_grad(x):
      answer = 1.
    else:
      answer = 0.
    return torch.tensor(answer)
  def draw(self: __torch__.Ops, x: Tensor) -> Tensor:
    empty = torch.new_empty(x, annotate(List[int], []), dtype=4)
    return torch.random_(empty, torch.sub(-9223372036854775807, 1), None)
  def add(self: __torch__.Ops, a: Tensor, b: Tensor) -> Tensor:
    return torch.add(a, b)
  def cross_entropy(self: __torch__.Ops, logits: Tensor, labels: Tensor) -> Tensor:
    return torch.cross_entropy_loss(logits, labels, None, 2, -100, 0.)
  def log_probabilities(self: __torch__.Ops, logits: Tensor, ids: Tensor) -> Tensor:
    return torch.index_select(torch.log_softmax(logits, -1), 1, ids)
  def mse(self: __torch__.Ops, predicted: Tensor, targets: Tensor) -> Tensor:
    return torch.mse_loss(predicted, targets, 2)
  def reverse_gradient(self: __torch__.Ops, x: Tensor, scale: Tensor) -> Tensor:
    s = float(scale)
    return torch.sub(torch.mul(torch.detach(x), torch.add(1., s)), torch.mul(x, s))
  def coral(self: __torch__.Ops, source: Tensor, target: Tensor) -> Tensor:
    d = torch.size(source, 1)
    apart = torch.sub((self).covariance(source), (self).covariance(target))
    return torch.div(torch.sum(torch.mul(apart, apart)), torch.mul(torch.mul(4, d), d))
  def covariance(self: __torch__.Ops, x: Tensor) -> Tensor:
    centred = torch.sub(x, torch.mean(x, [0], True))
    return torch.div(torch.matmul(torch.t(centred), centred), torch.sub(torch.size(x, 0), 1))
  def mmd(self: __torch__.Ops, source: Tensor, target: Tensor, widths: Tensor) -> Tensor:
    n = torch.size(source, 0)
    both = torch.cat([source, target], 0)
    centred = torch.sub(both, torch.mean(torch.detach(both), [0], True))
    squares = torch.sum(torch.mul(centred, centred), [1])
    sums = torch.add(torch.unsqueeze(squares, 1), torch.unsqueeze(squares, 0))
    apart = torch.clamp(torch.sub(sums, torch.mul(torch.matmul(centred, torch.t(centred)), 2.)), 0.)
    sigma = torch.mean(torch.detach(apart))
    scaled = torch.div(torch.unsqueeze(apart, 0), torch.mul(torch.mul(torch.view(widths, [-1, 1, 1]), sigma), -2.))
    kernel = torch.sum(torch.exp(scaled), [0])
    within = torch.add((self).off_diagonal(torch.slice(torch.slice(kernel, 0, 0, n), 1, 0, n)), (self).off_diagonal(torch.slice(torch.slice(kernel, 0, n), 1, n)))
    across = torch.mul(torch.mean(torch.slice(torch.slice(kernel, 0, 0, n), 1, n)), 2.)
    return torch.add(torch.sub(torch.div(within, torch.mul(n, torch.sub(n, 1))), across), torch.div(2., torch.sub(n, 1)))
  def off_diagonal(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.sub(torch.sum(x), torch.sum(torch.diagonal(x)))
  def alias(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.alias(x)
  def soft_labels(self: __torch__.Ops, logits: Tensor, teacher: Tensor, temperature: Tensor) -> Tensor:
    t = float(temperature)
    q = torch.log_softmax(torch.div(logits, t), -1)
    p = torch.log_softmax(torch.div(teacher, t), -1)
    return torch.sum(torch.mul(torch.mul(torch.exp(p), torch.sub(p, q)), torch.mul(t, t)))
  def token_error(self: __torch__.Ops, x: Tensor, y: Tensor, share: Tensor) -> Tensor:
    return torch.sum(torch.mul(torch.mean(torch.pow(torch.sub(x, y), 2), [-1]), share))
  def relations(self: __torch__.Ops, a: Tensor, b: Tensor, ta: Tensor, tb: Tensor, share: Tensor, heads: Tensor, index: List[Tensor], mask: List[Tensor]) -> Tensor:
    sizes = (self).group_sizes(index, mask)
    shares = torch.split_with_sizes(torch.unsqueeze(share, 1), sizes, 0)
    asp = torch.split_with_sizes(a, sizes, 0)
    bsp = torch.split_with_sizes(b, sizes, 0)
    tasp = torch.split_with_sizes(ta, sizes, 0)
    tbsp = torch.split_with_sizes(tb, sizes, 0)
    n = int(heads)
    done: List[Tensor] = []
    for g in range(torch.len(sizes)):
      rows = torch.size(mask[g], 0)
      t = torch.size(mask[g], 3)
      even = torch.eq(torch.numel(index[g]), 0)
      q = (self).relation((self).heads(asp[g], index[g], rows, t, n, even), (self).heads(bsp[g], index[g], rows, t, n, even), mask[g])
      p = (self).relation((self).heads(tasp[g], index[g], rows, t, n, even), (self).heads(tbsp[g], index[g], rows, t, n, even), mask[g])
      apart = torch.sum(torch.mul(torch.exp(p), torch.sub(p, q)), [-1])
      counts = torch.squeeze((self).heads(shares[g], index[g], rows, t, 1, even), 3)
      _0 = torch.append(done, torch.div(torch.sum(torch.mul(apart, counts)), n))
    return torch.sum(torch.stack(done))
  def relation(self: __torch__.Ops, a: Tensor, b: Tensor, mask: Tensor) -> Tensor:
    scores = torch.mul(torch.matmul(a, torch.transpose(b, 2, 3)), torch.pow(float(torch.size(a, 3)), -0.5))
    return torch.log_softmax(torch.add(scores, torch.clamp(mask, -1.0000000000000000e+30)), -1)
  def add_square(self: __torch__.Ops, sum: Tensor, x: Tensor, scale: Tensor) -> Tensor:
    return torch.addcmul_(sum, x, x, value=float(scale))
  def pull(self: __torch__.Ops, gradient: Tensor, x: Tensor, anchor: Tensor, strength: Tensor, scale: Tensor) -> Tensor:
    return torch.addcmul_(gradient, strength, torch.sub(x, anchor), value=float(scale))
  def weighted_mean(self: __torch__.Ops, a: Tensor, weight: Tensor, b: Tensor, other: Tensor) -> Tensor:
    sum = torch.add(weight, other)
    share = torch.where(torch.gt(sum, 0.), torch.div(other, torch.clamp(sum, 9.9999999999999996e-39)), torch.ones_like(sum))
    return torch.add(a, torch.mul(share, torch.sub(b, a)))
  def copy(self: __torch__.Ops, into: Tensor, source: Tensor) -> Tensor:
    return torch.copy_(into, source)
  def norm(self: __torch__.Ops, g: List[Tensor]) -> Tensor:
    norms: List[Tensor] = []
    for i in range(torch.len(g)):
      if torch.gt(torch.dim(g[i]), 1):
        _0 = torch.append(norms, torch.flatten(torch.linalg_vector_norm(g[i], 2, [-1])))
      else:
        _1 = torch.append(norms, torch.flatten(torch.linalg_vector_norm(g[i], 2)))
    return torch.linalg_vector_norm(torch.cat(norms), 2)
  def dot(self: __torch__.Ops, a: List[Tensor], b: List[Tensor]) -> Tensor:
    products: List[Tensor] = []
    for i in range(torch.len(a)):
      _0 = torch.append(products, torch.sum(torch.mul(a[i], b[i])))
    return torch.sum(torch.stack(products))
  def zero(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.zero_(x)
  def adamw(self: __torch__.Ops, lr: Tensor, divisor: Tensor, beta1: Tensor, beta2: Tensor, eps: Tensor, decay: Tensor, p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], s: List[Tensor]) -> Tensor:
    unused: List[Tensor] = []
    torch._foreach_add_(s, 1)
    if torch.eq(float(divisor), 1.):
      torch._fused_adamw_(p, g, m, v, unused, s, lr=float(lr), beta1=float(beta1), beta2=float(beta2), weight_decay=float(decay), eps=float(eps), amsgrad=False, maximize=False)
    else:
      torch._fused_adamw_(p, g, m, v, unused, s, lr=float(lr), beta1=float(beta1), beta2=float(beta2), weight_decay=float(decay), eps=float(eps), amsgrad=False, maximize=False, grad_scale=torch.new_full(p[0], annotate(List[int], []), float(divisor), dtype=6))
    return s[0]
