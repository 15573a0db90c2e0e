#!lua flags=no-writes
-- Part of an index behind a given entry, exactly: also when many entries share its score, and when the
-- entry itself is gone.
--
-- KEYS[1]: the index. ARGV: score and member of the entry, the far bound of the scores, how many, and
-- "1" to read from the highest score down.
-- Answers like ZRANGE … WITHSCORES. Reading upwards the entries lie behind (score, member) and have a
-- score of at most the bound; downwards they lie before it and have at least the bound.

local key, call, byte = KEYS[1], redis.call, string.byte
local score, member, bound, limit, down = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5] == '1'

-- Lua's own < goes by the server's locale.
local function before(x, y)
	local n = math.min(#x, #y)
	for i = 1, n do
		local p, q = byte(x, i), byte(y, i)
		if p ~= q then
			return p < q
		end
	end
	return #x < #y
end

-- The rank of the first entry to return, counted upwards.
local first
local present = call('ZSCORE', key, member)
if present and tonumber(present) == tonumber(score) then
	first = call('ZRANK', key, member) + (down and -1 or 1)
else
	-- Among the entries with this score, find the first that lies behind the member.
	local low = call('ZCOUNT', key, '-inf', '(' .. score)
	local high = low + call('ZCOUNT', key, score, score)
	while low < high do
		local middle = math.floor((low + high) / 2)
		if before(call('ZRANGE', key, middle, middle)[1], member) then
			low = middle + 1
		else
			high = middle
		end
	end
	first = down and low - 1 or low
end
if first < 0 then
	return {}
end

local found
if down then
	found = call('ZRANGE', key, math.max(first - limit + 1, 0), first, 'WITHSCORES')
	-- The same entries, turned round.
	local turned = {}
	for i = #found - 1, 1, -2 do
		turned[#turned + 1] = found[i]
		turned[#turned + 1] = found[i + 1]
	end
	found = turned
else
	found = call('ZRANGE', key, first, first + limit - 1, 'WITHSCORES')
end
local n = #found
while n > 0 and ((down and tonumber(found[n]) < bound) or (not down and tonumber(found[n]) > bound)) do
	found[n] = nil
	found[n - 1] = nil
	n = n - 2
end
return found
