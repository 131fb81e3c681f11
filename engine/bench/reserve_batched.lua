-- The same as reserve.lua, tuned as far as we know how: counters are read once and written once a batch, so that an
-- order costs a single call. Same keys, arguments, answers and durable records.
local call = redis.call
local function levels(key)
  local flat, level = call('HGETALL', key), {}
  for i = 1, #flat, 2 do level[flat[i]] = tonumber(flat[i + 1]) end
  return level
end
local pools, quotas = levels(KEYS[2]), levels(KEYS[3])
local moved_pools, moved_quotas = {}, {}
local told, i = {}, 1
while i <= #ARGV do
  local id, record, province, n = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3])
  local first = i + 4
  i = first + 2 * n
  local quota = quotas[province]
  local fits = quota == nil or quota >= 1
  local j = first
  while fits and j < i do
    local pool = pools[ARGV[j]]
    fits = pool ~= nil and pool >= tonumber(ARGV[j + 1])
    j = j + 2
  end
  local letter = fits and 'R' or 'S'
  if call('HSETNX', KEYS[1], id, letter .. record) == 0 then
    letter = 'D'
  elseif fits then
    for k = first, i - 1, 2 do
      local sku = ARGV[k]
      pools[sku] = pools[sku] - tonumber(ARGV[k + 1])
      moved_pools[sku] = true
    end
    if quota then
      quotas[province] = quota - 1
      moved_quotas[province] = true
    end
  end
  told[#told + 1] = letter
end
for sku in pairs(moved_pools) do call('HSET', KEYS[2], sku, pools[sku]) end
for province in pairs(moved_quotas) do call('HSET', KEYS[3], province, quotas[province]) end
return table.concat(told)
