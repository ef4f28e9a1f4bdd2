-- ARGV: call, owner, fence, lifetime, record, milliseconds since the lease was granted
local fence = number(ARGV[3])
local held = give_back(ARGV[2], fence)
if published >= fence then
  if held then
    save_less()
    notify()
  end
  -- This call was sent before and published this record, but its answer was lost.
  if record_fence == fence and record == ARGV[5] and call == number(ARGV[1]) then return 1 end
  return 0
end
last = math.max(last, fence)
-- This script may run long after it was sent, but the record's lifetime counts from then. A fence is at least the time
-- of its grant in microseconds, so that time plus the age of the grant is the time at which this script was sent.
local sent = now
if ARGV[6] ~= '' then sent = math.min(now, math.floor(fence / 1000) + number(ARGV[6])) end
record_fence, record_end, record = fence, sent + number(ARGV[4]), ARGV[5]
published, call = fence, number(ARGV[1])
cooldown_end, cooldown = 0, ''
save()
notify()
return 1
