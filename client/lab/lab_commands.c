#include "lab_commands.h"

#include "nouns.h"

#define LAB_FILES                                                                                      \
	{                                                                                              \
		.name = "FILE", .type = TYPE_FILE, .positional = true, .required = true, .many = true, \
		.zh = "数据文件，可为 .gz", .en = "the trace, may be .gz"                              \
	}
#define LAB_FLAGS                                                                                               \
	FLAG(0, "policy", "POLICY", TYPE_TEXT, NULL, "策略名，可加设置：engine,window=10,ttl=30",               \
	     "a name, with settings behind it: engine,window=10,ttl=30"),                                       \
	    FLAG(0, "accept", "SHARE", TYPE_TEXT, NULL, "接单的平均概率，默认 1：人人都接",                     \
		 "how likely members accept in the mean [1: all do]"),                                          \
	    SWITCH(0, "broker", NULL, "用派单系统本身播放：真实的处理程序与定时任务，内存存储，虚拟时钟",       \
		   "play it through the broker itself: real handlers and jobs, in memory, on a virtual clock"), \
	    FLAG(0, "service", "SECONDS", TYPE_UINT, NULL, "做一单要几秒，之后可再接单",                        \
		 "a job takes so long, then its member is free again [0: they serve once]"),                    \
	    FLAG(0, "stay", "SECONDS", TYPE_UINT, NULL, "队员待几秒，默认同数据",                               \
		 "members stay so long [as in the trace]"),                                                     \
	    FLAG('n', "seeds", "N", TYPE_UINT, NULL, "随机种子数，默认 10", "seeds of the coins [10]"),         \
	    FLAG(0, "from", "SEED", TYPE_UINT, NULL, "从哪个种子开始，默认 1", "the first of them [1]"),        \
	    FLAG(0, "vary", "SETTING=V,V", TYPE_TEXT, NULL, "依次试这项设置的各个值",                           \
		 "try each of these values of a setting"),                                                      \
	    FLAGS(0, "beside", "POLICY", TYPE_TEXT, NULL, "与 --vary 同用：曲线旁另画一策略，可多次",           \
		  "with --vary: another policy to show beside the curve"),                                      \
	    FLAG(0, "plots", "DIR", TYPE_FILE, NULL, "把图（SVG）写进这个目录；--vary 时为一条曲线",            \
		 "write charts (SVG) into this directory; with --vary a curve")

static const struct param plane_params[] = {
    LAB_FILES,
    LAB_FLAGS,
    SWITCH(0, "frontier", NULL,
	   "不播放：事先全知时，服务多少单至少要等多久；有 --accept 时，每完成一单派几次最多能服务多少单",
	   "play nothing: how long orders wait at least, for how many are served, had all been known beforehand; with "
	   "--accept, how many can be served at most, for how many offers each"),
};
static const struct param boston_params[] = {
    LAB_FILES,
    NEEDED(0, "members", "FILE", TYPE_FILE, NULL, "志愿者位置，CSV：lat, lon", "volunteers' homes, CSV: lat, lon"),
    LAB_FLAGS,
};
static const struct param synthetic_params[] = {
    FLAG(0, "orders", "N", TYPE_UINT, NULL, "单数，默认一百万；队员同数", "orders, and as many members [1000000]"),
    LAB_FLAGS,
};

#define MORE_ZH                                                                                                                                                     \
	"设置：window（几秒决定一次）、ttl（派单有效秒数）、age（每等一秒折算米数，负数则先派新单）、served（每单价值" \
	"折算米数）、hope、regret（留给更好的人）、foresight、lost（设想最近几秒的单与队员再来一遍，失去一单的代价）"     \
	"、"                                                                                                                                                       \
	"worth（按近来结果估计一单现在派出、一名队员留待以后各值几秒，每秒折算米数）、patience（可等待秒数）、soon（"  \
	"正被询问者可能很快空出，按几成计入）、offer、"                                                                                         \
	"free-offers、over、job、job-days（公平）、search（无人可派的城市诉求再找几秒），以及 "                                           \
	"exact、greedy、learn。-o json "                                                                                                                         \
	"每个种子一个对象，最后一个是均值。是否接单是模拟的。"
#define MORE_EN                                                                                                        \
	"Settings: window (seconds from one decision to the next), ttl (of an offer, seconds), age (metres a second; " \
	"negative: the newest first), served (metres an order is worth), hope and regret (for somebody better), "      \
	"foresight "                                                                                                   \
	"and lost (plan as if the last seconds came again; what an order costs that is lost), worth (what it is "      \
	"worth to "                                                                                                    \
	"serve an order now and to keep a member for later, learnt from what became of others: metres a second), "     \
	"patience "                                                                                                    \
	"(seconds an order may wait), soon (who is asked now may be free in a moment: the share of what they would "   \
	"bring), offer, free-offers, over, job, job-days (fairness), search (seconds a city's "                        \
	"request "                                                                                                     \
	"is looked at again for which nobody is free); and exact, greedy, learn. -o json gives an object for each "    \
	"seed; "                                                                                                       \
	"the last one has the means. Who accepts is simulated."

static const struct command lab_commands[] = {
    {.verb = "boston",
     .run = run_lab_boston,
     PARAMS(boston_params),
     .offline = true,
     .zh = "城市诉求逐条派给志愿者；策略：engine、nearest、fair-offers、fair",
     .en = "A city's requests, one by one; policies: engine, nearest, fair-offers, fair",
     .more_zh = MORE_ZH,
     .more_en = MORE_EN,
     .example = "lab boston boston311.csv.gz --members volunteers.csv --accept 0.3 --policy fair\n"},
    {.verb = "gmission",
     .run = run_lab_gmission,
     PARAMS(plane_params),
     .offline = true,
     .zh = "有报酬与成功率的任务，可给多个文件；策略：engine、greedy、deferral、nearest",
     .en = "Tasks with payments, one or more files; policies: engine, greedy, deferral, nearest",
     .more_zh = MORE_ZH,
     .more_en = MORE_EN,
     .example =
	 "lab gmission data_00.txt data_01.txt --policy engine,patience=120 -o json\n"
	 "lab gmission data_00.txt --vary regret=0,0.001,0.01,0.1 --beside greedy --beside deferral --plots charts\n"},
    {.verb = "tobm",
     .run = run_lab_tobm,
     PARAMS(plane_params),
     .offline = true,
     .zh = "一天叫车；策略：engine、worth、oldest-first、distance、batch、short-batch",
     .en = "A day of calls for taxis; policies: engine, worth, oldest-first, distance, batch, short-batch",
     .more_zh = MORE_ZH,
     .more_en = MORE_EN,
     .example = "lab tobm tobm_real.txt.gz --accept 0.3 --policy batch --plots charts\n"},
    {.verb = "synthetic",
     .run = run_lab_synthetic,
     PARAMS(synthetic_params),
     .offline = true,
     .zh = "编造的一天，看能有多快；策略同 tobm",
     .en = "A made-up day of any size, to see how fast it goes; policies as tobm",
     .more_zh = MORE_ZH,
     .more_en = MORE_EN,
     .example = "lab synthetic --orders 1000000 --seeds 1\n"},
};
const struct noun noun_lab = NOUN("lab", GROUP_TOOLS, lab_commands, "派单实验室：用真实数据比较派单策略",
				  "Replay real traces and compare ways to dispatch");
