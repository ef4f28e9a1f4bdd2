-- ARGV: call, owner, fence, duration of the cooldown, cooldown
local fence = number(ARGV[3])
local held = give_back(ARGV[2], fence)
local starts_cooldown = number(ARGV[4]) ~= 0 and published <= fence
if starts_cooldown then
  cooldown_end, cooldown = now + number(ARGV[4]), ARGV[5]
  save()
elseif held then
  save_less()
end
if held or starts_cooldown then notify() end
return 1
