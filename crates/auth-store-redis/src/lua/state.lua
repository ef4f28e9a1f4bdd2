-- One key holds everything about one account. Its value is a MessagePack list:
--   version, last fence, record's fence, its end, record, cooldown's end, cooldown, lease's fence, its end, its owner,
--   greatest fence of any record published so far, the call that last granted a lease or published
-- Ends are in milliseconds of this server's clock. Zero and '' mean that a part is absent.
local key = KEYS[1]
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)

-- Returns the value as a whole number. Values that a Lua number cannot represent exactly are treated as zero.
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
local cooldown_end, cooldown = number(state[6]), text(state[7])
local lease_fence, lease_end, owner = number(state[8]), number(state[9]), text(state[10])
local published = math.max(number(state[11]), record_fence)
local call = number(state[12])

-- Expired parts are treated as absent.
if record_end <= now then record_fence, record_end, record = 0, 0, '' end
if cooldown_end <= now then cooldown_end, cooldown = 0, '' end
if lease_end <= now then lease_fence, lease_end, owner = 0, 0, '' end

-- Writes the state. The last fence is kept for one minute after its lease was granted, which is longer than any login
-- takes. After that the clock gives a greater fence, because each new fence is above its time in microseconds.
local function save()
  local left = math.max(record_end, cooldown_end, lease_end, math.min(math.floor(last / 1000), now) + 60000) - now
  if left <= 0 then return redis.call('DEL', key) end
  local list = {
    1, last, record_fence, record_end, record, cooldown_end, cooldown, lease_fence, lease_end, owner, published,
    call
  }
  redis.call('SET', key, cmsgpack.pack(list), 'PX', left)
end

-- Writes a state that is smaller than before. A server whose memory is full refuses a command that may need more memory
-- if it is the script's first write, but accepts it after another write.
local function save_less()
  redis.call('DEL', key)
  save()
end

-- Ends the given lease. Returns true if it was held.
local function give_back(of, fence)
  local held = lease_fence ~= 0 and lease_fence == fence and owner == of
  if held then lease_fence, lease_end, owner = 0, 0, '' end
  return held
end

-- Notifies waiting processes. A user may lack the right to publish. That is not an error, because waiting processes
-- also poll.
local function notify()
  redis.pcall('PUBLISH', key, '')
end
