-- A batch of orders against pools and quota, the usual way: every counter is asked and moved where it lives.
-- KEYS: orders, pools, quotas (hashes). ARGV, an order: id, record, province, n, then n times SKU and units.
-- Answers one letter an order: R reserved, S sold out, D repeated. Whole or not at all; one record an order.
local call = redis.call
local told, i = {}, 1
while i <= #ARGV do
  local id, record, province, n = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3])
  local first = i + 4
  i = first + 2 * n
  if call('HEXISTS', KEYS[1], id) == 1 then
    told[#told + 1] = 'D'
  else
    local quota = call('HGET', KEYS[3], province)
    local fits = not quota or tonumber(quota) >= 1
    local j = first
    while fits and j < i do
      local pool = call('HGET', KEYS[2], ARGV[j])
      fits = pool and tonumber(pool) >= tonumber(ARGV[j + 1])
      j = j + 2
    end
    if fits then
      for k = first, i - 1, 2 do call('HINCRBY', KEYS[2], ARGV[k], -tonumber(ARGV[k + 1])) end
      if quota then call('HINCRBY', KEYS[3], province, -1) end
    end
    local letter = fits and 'R' or 'S'
    call('HSET', KEYS[1], id, letter .. record)
    told[#told + 1] = letter
  end
end
return table.concat(told)
