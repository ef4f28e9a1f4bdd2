-- ARGV: again, owner, fence, gate's time, gate
local fence = number(ARGV[3])
local held = give_back(ARGV[2], fence)
local closes = number(ARGV[4]) ~= 0 and published <= fence
if closes then
  gate_end, gate = now + number(ARGV[4]), ARGV[5]
  save()
elseif held then
  save_less()
end
if held or closes then tell() end
return 1
