-- ARGV: again, owner, fence, lifetime, record
local fence = number(ARGV[3])
local held = give_back(ARGV[2], fence)
if record_fence >= fence then
  if held then
    save_less()
    tell()
  end
  -- Published when this was asked for the first time; the answer was lost.
  if ARGV[1] == '1' and record_fence == fence and record == ARGV[5] then return 1 end
  return 0
end
last = math.max(last, fence)
record_fence, record_end, record = fence, now + number(ARGV[4]), ARGV[5]
gate_end, gate = 0, ''
save()
tell()
return 1
