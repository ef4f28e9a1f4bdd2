-- One key holds all that there is of an account: a list, packed as MessagePack.
--   version, last fence, record's fence, its end, record, gate's end, gate, lease's fence, its end, its owner,
--   fence of the newest record that there was
-- Ends are in milliseconds of this server's clock. Zero and '' stand for what is not there.
local key = KEYS[1]
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)

-- Whole and exact, as far as a Lua number goes; anything else is as good as nothing.
local function number(value)
  value = tonumber(value)
  if value and value >= 0 and value < 9007199254740992 then return math.floor(value) end
  return 0
end

local function text(value)
  if type(value) == 'string' then return value end
  return ''
end

local state = {}
local stored = redis.call('GET', key)
if stored then
  local readable, list = pcall(cmsgpack.unpack, stored)
  if readable and type(list) == 'table' and list[1] == 1 then state = list end
end
local last = number(state[2])
local record_fence, record_end, record = number(state[3]), number(state[4]), text(state[5])
local gate_end, gate = number(state[6]), text(state[7])
local lease_fence, lease_end, owner = number(state[8]), number(state[9]), text(state[10])
local published = math.max(number(state[11]), record_fence)

-- What has ended is not there.
if record_end <= now then record_fence, record_end, record = 0, 0, '' end
if gate_end <= now then gate_end, gate = 0, '' end
if lease_end <= now then lease_fence, lease_end, owner = 0, 0, '' end

-- The last fence is kept for a minute after its lease was granted, which is longer than any login lasts. After that the clock,
-- which in microseconds each fence is above, gives a greater one.
local function save()
  local left = math.max(record_end, gate_end, lease_end, math.min(math.floor(last / 1000), now) + 60000) - now
  if left <= 0 then return redis.call('DEL', key) end
  local list = {1, last, record_fence, record_end, record, gate_end, gate, lease_fence, lease_end, owner, published}
  redis.call('SET', key, cmsgpack.pack(list), 'PX', left)
end

-- The same where it holds less than before. A server whose memory is full refuses what may need more as a script's first
-- write, and not as its second.
local function save_less()
  redis.call('DEL', key)
  save()
end

-- Whether the lease is this one; it is then no longer there.
local function give_back(of, fence)
  local held = lease_fence ~= 0 and lease_fence == fence and owner == of
  if held then lease_fence, lease_end, owner = 0, 0, '' end
  return held
end

-- Who waits looks again. It may not be allowed here, which is no reason to fail: they look again anyway.
local function tell()
  redis.pcall('PUBLISH', key, '')
end
