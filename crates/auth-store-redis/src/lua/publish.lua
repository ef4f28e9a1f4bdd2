-- ARGV: again, owner, fence, lifetime, record, how long ago the lease was granted
local fence = number(ARGV[3])
local held = give_back(ARGV[2], fence)
if published >= fence then
  if held then
    save_less()
    tell()
  end
  -- Published when this was asked for the first time; the answer was lost.
  if ARGV[1] == '1' and record_fence == fence and record == ARGV[5] then return 1 end
  return 0
end
last = math.max(last, fence)
-- A fence is the time of its claim, in microseconds, or above it: this may be done long after it was sent.
local sent = now
if ARGV[6] ~= '' then sent = math.min(now, math.floor(fence / 1000) + number(ARGV[6])) end
record_fence, record_end, record = fence, sent + number(ARGV[4]), ARGV[5]
published = fence
gate_end, gate = 0, ''
save()
tell()
return 1
