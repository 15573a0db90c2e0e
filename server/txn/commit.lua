#!lua
-- One commit: check everything, then write everything. store_redis_commit.c lays the arguments out so
-- that hardly anything has to be worked out here, for this script is what bounds the whole broker.
--
-- ARGV[1], the head, in bytes:
--   1,2  guards: KEYS[1 .. guards] are records whose versions must hold
--   3,4  both:   the first `both` of them are written too
--   5,6  more:   that many keys behind the guards are written, but not guarded
--   7,8  packed: that many keys behind those are packs with a guarded field each
--   9    claims: 0, 1 (today's bucket) or 2 (yesterday's bucket, then today's)
--   10.. groups of two bytes: what to do, and with how many items
-- ARGV[2]: the guards' versions, 8 bytes each, zeros where the record must not exist. Then, in this
-- order: field and version of every packed guard; field and value of the claim; the values of the
-- `both` and `more` records; the groups' arguments.
--
-- The number of bytes and the order of keys and arguments are trusted: one C function writes them.
-- Answers 0: a guard failed; {value}: the claim exists, with this value; otherwise it is written, and
-- the answer is the last log entry's id, or 1 when nothing was appended.
-- Without the flag allow-oom Redis refuses this script while it is out of memory, before it starts.

local K, A, call, byte, sub = KEYS, ARGV, redis.call, string.byte, string.sub
local H = A[1]
local g1, g0, b1, b0, m1, m0, p1, p0, claims = byte(H, 1, 9)
local guards = g1 * 256 + g0
local more = m1 * 256 + m0
local k = guards + more
local a = 3
local NONE = '\0\0\0\0\0\0\0\0'
local holds = true

if guards > 0 then
	local V, R = A[2]
	if guards == 3 then
		R = call('MGET', K[1], K[2], K[3])
	elseif guards == 2 then
		R = call('MGET', K[1], K[2])
	elseif guards == 1 then
		R = call('MGET', K[1])
	else
		R = call('MGET', unpack(K, 1, guards))
	end
	for i = 1, guards do
		local r = R[i]
		if (r and sub(r, 2, 9) or NONE) ~= sub(V, i * 8 - 7, i * 8) then
			holds = false
			break
		end
	end
end
for i = 1, p1 * 256 + p0 do
	k = k + 1
	local r = call('HGET', K[k], A[a])
	if (r and sub(r, 2, 9) or NONE) ~= A[a + 1] then
		holds = false
	end
	a = a + 2
end

-- A claim is looked at even when a guard failed: the first try of this very request may be what moved
-- the version on, and then its answer is the right one.
if claims > 0 then
	local field = A[a]
	if claims == 2 then
		k = k + 1
		local r = call('HGET', K[k], field)
		if r then
			return {r}
		end
	end
	k = k + 1
	if not holds then
		local r = call('HGET', K[k], field)
		return r and {r} or 0
	end
	if call('HSETNX', K[k], field, A[a + 1]) == 0 then
		return {call('HGET', K[k], field)}
	end
	a = a + 2
elseif not holds then
	return 0
end

-- From here on everything is written.
local both = b1 * 256 + b0
local puts = both + more
if puts > 0 then
	if more > 0 or puts > 3 then
		local pairs, n = {}, 0
		for i = 1, puts do
			pairs[n + 1] = K[i <= both and i or guards + i - both]
			pairs[n + 2] = A[a + i - 1]
			n = n + 2
			if n == 2000 or i == puts then
				call('MSET', unpack(pairs, 1, n))
				n = 0
			end
		end
	elseif puts == 3 then
		call('MSET', K[1], A[a], K[2], A[a + 1], K[3], A[a + 2])
	elseif puts == 2 then
		call('MSET', K[1], A[a], K[2], A[a + 1])
	else
		call('SET', K[1], A[a])
	end
	a = a + puts
end

local answer = 1
for at = 10, #H, 2 do
	local what, n = byte(H, at, at + 1)
	k = k + 1
	if what == 1 then
		if n == 1 then
			call('ZADD', K[k], A[a], A[a + 1])
			a = a + 2
		else
			call('ZADD', K[k], unpack(A, a, a + 2 * n - 1))
			a = a + 2 * n
		end
	elseif what == 2 then
		if n == 1 then
			call('ZREM', K[k], A[a])
			a = a + 1
		else
			call('ZREM', K[k], unpack(A, a, a + n - 1))
			a = a + n
		end
	elseif what == 3 then
		answer = call('XADD', K[k], '*', 'v', A[a])
		a = a + 1
	elseif what == 4 then
		call('HSET', K[k], unpack(A, a, a + 2 * n - 1))
		a = a + 2 * n
	elseif what == 5 then
		call('HDEL', K[k], unpack(A, a, a + n - 1))
		a = a + n
	elseif what == 6 then
		call('INCRBY', K[k], A[a])
		a = a + 1
	elseif what == 7 then
		call('UNLINK', unpack(K, k, k + n - 1))
		k = k + n - 1
	elseif what == 8 then
		for i = 0, n - 1 do
			call('SET', K[k + i], A[a + i])
		end
		k = k + n - 1
		a = a + n
	elseif what == 10 then
		for i = a, a + 2 * n - 2, 2 do
			call('ZINCRBY', K[k], A[i], A[i + 1])
		end
		a = a + 2 * n
	else
		call('XTRIM', K[k], 'MINID', A[a])
		a = a + 1
	end
end
return answer
