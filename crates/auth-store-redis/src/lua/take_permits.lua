-- One key holds the permits of one account's quota. Its value is a MessagePack list:
--   version, the end of a pause, starts, ends and counts of the grants, the processes that asked, when each did, the
--   time of the first question, the time from which it is complete if the record was lost
-- The grants are sorted by their ends. Times are in milliseconds of this server's clock. The rules, with their reasons,
-- are those of auth-core's `Ledger`, and a test compares both.
--
-- ARGV: call, process, want, least, wait, line, hold, the age of an earlier answer, pause; of an ended lease: its end,
--   unused, used, early; as observed: length of the window, used, reset; the number of windows; then of each window:
--   requests, cap, length; then of permits that the process granted itself: count, the time for which they count
local key = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local GRAINS, MAX_PROCESSES, HEADER_ROUNDING, MAX_PAUSE = 200, 256, 2000, 86400000

local function number(value)
  value = tonumber(value)
  if value and value >= 0 and value < 9007199254740992 then return math.floor(value) end
  return 0
end

local argument = {}
for place, value in ipairs(ARGV) do argument[place] = number(value) end
local process, want, least, wait, place_in_line, hold, knows, pause =
  argument[2], argument[3], argument[4], argument[5], argument[6], argument[7], argument[8], argument[9]

local windows, longest, first_spent = {}, 1, 18 + 3 * argument[17]
for place = 18, first_spent - 1, 3 do
  local window = { requests = argument[place], cap = math.max(argument[place + 1], 1), per = math.max(argument[place + 2], 1) }
  windows[#windows + 1] = window
  longest = math.max(longest, window.per)
end
local line = 2 * longest + math.floor(longest / 4)

local function rounded(finish)
  local shortest, latest = nil, math.huge
  for _, window in ipairs(windows) do
    if finish + window.per > now then
      if not shortest or window.per < shortest then shortest = window.per end
    else
      latest = math.min(latest, now - window.per)
    end
  end
  local grain = 1
  if shortest then grain = math.max(math.floor(shortest / GRAINS), 1) end
  return math.min(math.ceil(finish / grain) * grain, latest)
end

local grants = {}

local function add(start, finish, count)
  finish = rounded(finish)
  if count == 0 then return finish end
  local place = #grants + 1
  while place > 1 and grants[place - 1].finish >= finish do place = place - 1 end
  local grant = grants[place]
  if grant and grant.finish == finish then
    grant.start = math.min(grant.start, start)
    grant.count = grant.count + count
  else
    table.insert(grants, place, { start = start, finish = finish, count = count })
  end
  return finish
end

local state = {}
local stored = redis.call('GET', key)
if stored then
  local readable, list = pcall(cmsgpack.unpack, stored)
  if readable and type(list) == 'table' and list[1] == 1 then state = list end
end
local function list(value)
  if type(value) == 'table' then return value end
  return {}
end
local paused_until = number(state[2])
if paused_until > now + MAX_PAUSE then paused_until = 0 end
local starts, ends, counts = list(state[3]), list(state[4]), list(state[5])
for place = 1, #ends do
  local start, finish, count = number(starts[place]), number(ends[place]), number(counts[place])
  if finish + longest > now and start <= now + longest + MAX_PAUSE then add(start, finish, count) end
end

-- A process that knows of an earlier answer shows that the record was lost.
local began, complete_from = number(state[8]), number(state[9])
if began == 0 or began > now then began = now end
if knows - math.floor(knows / 1000) > now - began then complete_from = began + line end
if complete_from > now + line then complete_from = 0 end

-- The lease that has ended.
local lease, given_back, used_up = argument[10], argument[11], argument[12]
if lease > 0 then
  local name, total = rounded(lease), given_back + used_up
  for place, grant in ipairs(grants) do
    if grant.finish == name and grant.count >= total then
      grant.count = grant.count - total
      if grant.count == 0 then table.remove(grants, place) end
      local last = math.max(name - argument[13], 0)
      add(math.min(grant.start, last), last, used_up)
      break
    end
  end
end

for place = first_spent, #argument, 2 do
  local finish = math.max(now + argument[place + 1] - longest, 0)
  add(finish, finish, argument[place])
end

-- The requests that the provider has counted, and this ledger has not.
local per, counted, reset = argument[14], argument[15], argument[16]
for _, window in ipairs(windows) do
  if per > 0 and window.per == per then
    local begin, own = math.max(now + reset - per, 0), 0
    for _, grant in ipairs(grants) do
      if grant.start <= now and grant.finish + HEADER_ROUNDING > begin then own = own + grant.count end
    end
    add(math.min(begin, now), begin + 1, math.max(math.min(counted, window.requests) - own, 0))
    break
  end
end

if pause > 0 then paused_until = math.max(paused_until, now + pause) end

-- The processes that asked, the latest at the end.
local names, seen = {}, {}
local old_names, old_seen = list(state[6]), list(state[7])
for place = 1, #old_names do
  local name, at = number(old_names[place]), number(old_seen[place])
  if name ~= process and at + line > now then names[#names + 1], seen[#seen + 1] = name, at end
end
names[#names + 1], seen[#seen + 1] = process, now
local processes = #names
if #names > MAX_PROCESSES then
  table.remove(names, 1)
  table.remove(seen, 1)
end
if #names == MAX_PROCESSES then
  processes = math.max(processes, math.floor(processes * line / math.max(now - seen[1], 1)))
end

local function used_at(at, window)
  local used = 0
  for place = #grants, 1, -1 do
    if grants[place].finish + window.per <= at then break end
    used = used + grants[place].count
  end
  return used
end

local function start_of(earliest, count)
  local start = earliest
  for _, window in ipairs(windows) do
    local used, room = 0, math.max(window.cap - count, 0)
    for place = #grants, 1, -1 do
      used = used + grants[place].count
      if used > room then
        start = math.max(start, grants[place].finish + window.per)
        break
      end
    end
  end
  return start
end

local granted, name, starts_in, retry_in = 0, 0, 0, 0
if want > 0 and complete_from <= now then
  for _, window in ipairs(windows) do want = math.min(want, window.cap) end
  local earliest = math.max(now, paused_until)
  local function fits(start)
    local free = want
    for _, window in ipairs(windows) do free = math.min(free, math.max(window.cap - used_at(start, window), 0)) end
    return free
  end
  local enough, all = start_of(earliest, math.min(math.max(least, 1), want)), start_of(earliest, want)
  local first, start = start_of(earliest, 1), nil
  if enough - now <= wait then
    start, granted = enough, fits(enough)
  elseif all - now <= place_in_line then
    start, granted = all, want
  elseif first - now <= wait then
    start, granted = first, fits(first)
  else
    retry_in = first - now
  end
  if start then
    starts_in = start - now
    name = add(start, start + hold, granted)
  end
end

local left = 4294967295
for _, window in ipairs(windows) do left = math.min(left, math.max(window.requests - used_at(now, window), 0)) end

starts, ends, counts = {}, {}, {}
local last = math.max(now, paused_until, complete_from)
for place, grant in ipairs(grants) do
  starts[place], ends[place], counts[place] = grant.start, grant.finish, grant.count
  last = math.max(last, grant.finish)
end
local kept_for = last + longest - now
local packed = cmsgpack.pack({ 1, paused_until, starts, ends, counts, names, seen, began, complete_from })
redis.call('SET', key, packed, 'PX', kept_for)
return { granted, name, starts_in, retry_in, left, processes, kept_for, math.max(complete_from - now, 0) }
