#include "replay_commands.h"
#include "nouns.h"

static const struct param replay_params[] = {
    NEEDED(0, "grids", "FILE", TYPE_FILE, NULL, "网格，GeoJSON，可为 .gz", "the grids, GeoJSON, may be .gz"),
    NEEDED(0, "members", "FILE", TYPE_FILE, NULL, "队员，CSV：volunteer_id, lat, lon",
	   "the members, CSV: volunteer_id, lat, lon"),
    NEEDED(0, "orders", "FILE", TYPE_FILE, NULL, "诉求，CSV：case_id, open_s, type, lat, lon, geo_ok …",
	   "the requests, CSV: case_id, open_s, type, lat, lon, geo_ok …"),
    FLAG(0, "code-property", "NAME", TYPE_TEXT, NULL, "网格编号所在的属性", "the property that holds a grid's code"),
    FLAG(0, "tenant", "ID", TYPE_TEXT, NULL, "新辖区的编号，默认自动取名", "id of the new tenant; default: a new name"),
    FLAG(0, "root-key", "FILE", TYPE_FILE, NULL, "根密钥文件，默认用 --key",
	 "file with the root key; default: the --key"),
    FLAG('n', "limit", "N", TYPE_UINT, NULL, "最多播放多少条诉求", "how many requests at most"),
    FLAG(0, "concurrency", "N", TYPE_UINT, NULL, "同时进行的订单数，默认 200", "orders under way at once [200]"),
    FLAG(0, "connections", "N", TYPE_UINT, NULL, "居民与队员共用的连接数，默认 8",
	 "connections of residents and members [8]"),
    FLAG(0, "accept", "SHARE", TYPE_TEXT, NULL, "接受派单的概率，默认 0.6", "share of offers that are accepted [0.6]"),
    FLAG(0, "decline", "SHARE", TYPE_TEXT, NULL, "拒绝的概率，默认 0.25；其余任其过期",
	 "share that is declined [0.25]; the rest expires"),
    FLAG(0, "not-solved", "SHARE", TYPE_TEXT, NULL, "评为未解决而返工的比例，默认 0.05",
	 "share of ratings that say not solved [0.05]"),
    FLAG(0, "unrated", "SHARE", TYPE_TEXT, NULL, "不评价、自动办结的比例，默认 0.15",
	 "share that is never rated and closes by itself [0.15]"),
    FLAG(0, "cancel", "SHARE", TYPE_TEXT, NULL, "居民撤销的比例，默认 0.03", "share that residents cancel [0.03]"),
    FLAG(0, "reject", "SHARE", TYPE_TEXT, NULL, "不予受理的比例，默认 0.02", "share that the desk rejects [0.02]"),
    FLAG(0, "hold", "SHARE", TYPE_TEXT, NULL, "挂起后恢复的比例，默认 0.02",
	 "share that the desk holds and resumes [0.02]"),
    FLAG(0, "pool", "SHARE", TYPE_TEXT, NULL, "直接进抢单池的比例，默认 0.03",
	 "share that goes to the pool at once [0.03]"),
    FLAG(0, "grab", "SHARE", TYPE_TEXT, NULL, "抢单池中有人抢的比例，默认 0.7",
	 "share of pooled orders that someone takes [0.7]"),
    FLAG(0, "seed", "N", TYPE_UINT, NULL, "随机种子，默认 1", "what all coins come from [1]"),
    SWITCH(0, "atomic", NULL, "文件中有一处错误就什么都不做", "when one row or grid is wrong, do nothing at all"),
    FLAG(0, "speed", "WORD", TYPE_TEXT, NULL, "max：不按原来的时间间隔，尽快播放",
	 "max: as fast as it goes, whatever the times in the file"),
};
static const struct command replay_command[] = {
    {.run = run_replay,
     PARAMS(replay_params),
     .zh = "用真实数据播放居民下单、队员接单的全过程",
     .en = "Play real requests as residents and volunteers would",
     .more_zh =
	 "建立一个新辖区（网格、类别、队员、居民、时限很短的规则），经公开 API 播放：下单、派单、接受、拒绝、过期、"
	 "抢单、完成、评价、返工、撤销、不予受理、挂起。中途服务器或 Redis 被杀也会继续。最后读回全部订单核对："
	 "已确认的写入一个不少、每单恰有一个终态、积分总和为零、比率的计数无误，任何一项不成立则状态为 "
	 "1。接受与否是模拟的。",
     .more_en =
	 "Makes a new tenant (grids, categories, members, residents, a policy with short times) and plays through the "
	 "public API: place, offer, accept, decline, expire, grab, complete, rate, rework, cancel, reject, hold. It "
	 "goes on when workers or Redis are killed. At the end everything is read back: every acknowledged write is "
	 "there, every order has exactly one final state, points sum to zero, all counts behind the rates are right; "
	 "exit status 1 when not. Who accepts is simulated.",
     .example =
	 "replay --grids precincts.geojson.gz --members volunteers.csv --orders requests.csv.gz --root-key root.key\n"
	 "replay --grids g.geojson --members m.csv --orders o.csv --limit 20000 --accept 0.3 -o json\n"},
};
const struct noun noun_replay =
    NOUN("replay", GROUP_TOOLS, replay_command, "用真实数据播放全过程", "Play real requests through the whole loop");

static const struct param bench_params[] = {
    FLAG(0, "root-key", "FILE", TYPE_FILE, NULL, "根密钥文件，默认用 --key",
	 "file with the root key; default: the --key"),
    FLAG(0, "in-flight", "N", TYPE_UINT, NULL, "同时进行的订单（或 RPC）数，默认 200",
	 "lifecycles (or RPCs) under way at once [200]"),
    FLAG(0, "connections", "N", TYPE_UINT, NULL, "连接数，默认 8", "connections [8]"),
    FLAG(0, "seconds", "N", TYPE_UINT, NULL, "测量时长，默认 10", "how long it measures [10]"),
    FLAG(0, "warmup", "N", TYPE_UINT, NULL, "测量前的秒数，默认 2", "seconds before that [2]"),
    FLAG(0, "rate", "N", TYPE_UINT, NULL, "每秒开始的订单数，默认不限",
	 "lifecycles begun per second; default: no bound"),
    FLAG(0, "lifecycles", "N", TYPE_UINT, NULL, "做完这么多就停", "stop after that many"),
    FLAG(0, "members", "N", TYPE_UINT, NULL, "队员数，默认 1000", "members [1000]"),
    FLAG(0, "grids", "N", TYPE_UINT, NULL, "网格数，默认 64", "grids [64]"),
    FLAG(0, "prefill", "N", TYPE_UINT, NULL, "测量前先下这么多单并保持打开",
	 "orders that are placed before and stay open"),
    FLAG(0, "board", "N", TYPE_UINT, NULL, "每 N 个订单读一次看板", "read a page of the board for every N lifecycles"),
    SWITCH(0, "poll", NULL, "用 GetOrder 得知派给了谁，而不用事件流",
	   "learn who was offered by GetOrder instead of from the stream of events"),
    SWITCH(0, "rpc", NULL, "只测不用存储的 RPC（健康检查）", "only the RPC that needs no store (health check)"),
    FLAG(0, "watchers", "N", TYPE_UINT, NULL, "同时打开这么多事件流，测事件送达的时间",
	 "streams of events open meanwhile: how long an event takes to them"),
    SWITCH(0, "watch-all", NULL, "每个事件流听所有网格，而不是一个", "each of them hears of all grids, not of one"),
    FLAG(0, "idle", "N", TYPE_UINT, NULL, "只打开这么多空闲连接，按 Ctrl-C 结束",
	 "only hold that many idle connections until interrupted"),
};
static const struct command bench_command[] = {
    {.run = run_bench,
     PARAMS(bench_params),
     .zh = "压测：完整的订单周期，或单个 RPC",
     .en = "Measure a running broker: full lifecycles, or one RPC",
     .more_zh = "建立一个新辖区，让指定数量的订单同时走完 下单、派单、接受、开始、完成、评价，每一步都是一次提交。"
		"输出每秒周期数、每秒提交数与各 RPC 的 p50、p99。",
     .more_en =
	 "Makes a new tenant and takes orders through place, offer, accept, start, complete and rate, every step a "
	 "commit of its own. Prints lifecycles and transitions per second and p50 and p99 of each RPC.",
     .example = "bench --root-key root.key --in-flight 200 --connections 8\n"
		"bench --rpc --in-flight 200 -o json\n"},
};
const struct noun noun_bench =
    NOUN("bench", GROUP_TOOLS, bench_command, "压测正在运行的服务", "Measure how fast a running broker is");
