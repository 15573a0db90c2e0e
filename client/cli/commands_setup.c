#include "cli.h"
#include "nouns.h"

/* --- tenant and keys --- */

static const struct column tenant_columns[] = {
    COLUMN("root.id", CELL_TEXT, "根节点", "Root node"),
    COLUMN("root.name", CELL_TEXT, "名称", "Name"),
    COLUMN("root.kind", CELL_ENUM, "级别", "Kind"),
    COLUMN("adminKey", CELL_TEXT, "管理密钥（只显示一次）", "Administrator's key (shown once)"),
};
static const struct param tenant_params[] = {
    ARG("ID", TYPE_TEXT, "tenantId", "小写字母、数字和 -，2 到 24 个", "lower-case letters, digits and -, 2 to 24"),
    ARG("NAME", TYPE_TEXT, "name", "名称", "name"),
    CHOICE(0, "root", "district street community", "NODE_KIND_", "rootKind", "根节点级别，默认街道",
	   "kind of its root; default: street"),
};
static const struct command tenant_commands[] = {
    {.verb = "new",
     .method = "OrgService/CreateTenant",
     PARAMS(tenant_params),
     .shape = SHAPE_RECORD,
     COLUMNS(tenant_columns),
     .zh = "新建辖区（需根密钥）",
     .en = "Make a tenant (needs the root key)",
     .example = "tenant new xingfu 幸福街道\n"},
};
const struct noun noun_tenant =
    NOUN("tenant", GROUP_SETUP, tenant_commands, "辖区", "Tenants: one street or community each");

static const struct column key_list_columns[] = {
    COLUMN("keyId", CELL_TEXT, "密钥号", "KEY"),
    COLUMN("role", CELL_ENUM, "角色", "ROLE"),
    COLUMN("nodeId", CELL_TEXT, "范围", "NODE"),
    COLUMN("label", CELL_TEXT, "标注", "LABEL"),
    COLUMN("lastUsedMs", CELL_TIME, "最近使用", "LAST USED"),
    COLUMN("expiresMs", CELL_TIME, "失效", "EXPIRES"),
    COLUMN("revoked", CELL_FLAG, "已吊销", "REVOKED"),
    SPARE("scope.readOnly", CELL_FLAG, "只读", "READ ONLY"),
    SPARE("scope.methods", CELL_NAMES, "方法", "METHODS"),
    SPARE("scope.networks", CELL_NAMES, "网络", "NETWORKS"),
    SPARE("rotatedMs", CELL_TIME, "轮换", "ROTATED"),
    SPARE("oldSecretUntilMs", CELL_TIME, "旧密钥有效至", "OLD SECRET UNTIL"),
    SPARE("createdMs", CELL_TIME, "创建", "CREATED"),
};
static const struct column key_columns[] = {
    COLUMN("keyId", CELL_TEXT, "密钥号", "Key id"),
    COLUMN("key", CELL_TEXT, "密钥（只显示一次）", "Key (shown once)"),
};
static const struct param key_new_params[] = {
    {.name = "ROLE",
     .type = TYPE_CHOICE,
     .positional = true,
     .required = true,
     .field = "role",
     .choices = "backend operator admin",
     .prefix = "ROLE_",
     .zh = "角色",
     .en = "what it may do"},
    FLAG('g', "node", "NODE", TYPE_TEXT, "nodeId", "管辖范围，默认全辖区", "its part of the org tree; default: all"),
    FLAG('l', "label", "TEXT", TYPE_TEXT, "label", "标注", "what it is for"),
    SCOPE_FLAGS("scope"),
    FLAG(0, "expires", "WHEN", TYPE_TIME, "expiresMs", "何时失效，默认永不", "when it stops to work; default: never"),
};
static const struct param key_rotate_params[] = {
    ARG("KEY-ID", TYPE_TEXT, "keyId", "密钥号", "the key's id"),
    FLAG(0, "overlap", "SPAN", TYPE_SPAN, "overlapMs", "旧密钥继续有效多久，如 2d；默认立即失效",
	 "how long the old secret still works, such as 2d; default: not at all"),
};
static const struct param key_revoke_params[] = {ARG("KEY-ID", TYPE_TEXT, "keyId", "密钥号", "the key's id")};
static const struct command key_commands[] = {
    {.verb = "list",
     .method = "OrgService/ListApiKeys",
     .shape = SHAPE_LIST,
     .rows = "keys",
     COLUMNS(key_list_columns),
     .zh = "列出密钥",
     .en = "List keys"},
    {.verb = "new",
     .method = "OrgService/CreateApiKey",
     PARAMS(key_new_params),
     .shape = SHAPE_RECORD,
     COLUMNS(key_columns),
     .zh = "新建密钥",
     .en = "Make a key",
     .example = "key new backend -l 小程序后台\nkey new operator -g n0000004 -l \"Desk of Xingfu\"\n"
		"key new backend --allow OrderService --from 10.20.0.0/16 --expires 90d\n"},
    {.verb = "rotate",
     .method = "OrgService/RotateApiKey",
     PARAMS(key_rotate_params),
     .shape = SHAPE_RECORD,
     COLUMNS(key_columns),
     .zh = "轮换密钥",
     .en = "Give a key a new secret",
     .example = "key rotate k0000001 --overlap 2d\n"},
    {.verb = "revoke",
     .method = "OrgService/RevokeApiKey",
     PARAMS(key_revoke_params),
     .shape = SHAPE_NONE,
     .zh = "吊销密钥",
     .en = "Revoke a key"},
};
const struct noun noun_key =
    NOUN("key", GROUP_SETUP, key_commands, "密钥", "Keys for backends, operators, administrators");

/* --- the org tree --- */

static const struct column node_columns[] = {
    COLUMN("id", CELL_TEXT, "节点", "NODE"),         COLUMN("kind", CELL_ENUM, "级别", "KIND"),
    COLUMN("code", CELL_TEXT, "编码", "CODE"),       COLUMN("name", CELL_TEXT, "名称", "NAME"),
    COLUMN("parentId", CELL_TEXT, "上级", "PARENT"), COLUMN("phone", CELL_TEXT, "电话", "PHONE"),
};
static const struct column node_card[] = {
    COLUMN("id", CELL_TEXT, "节点", "Node"),
    COLUMN("kind", CELL_ENUM, "级别", "Kind"),
    COLUMN("code", CELL_TEXT, "编码", "Code"),
    COLUMN("name", CELL_TEXT, "名称", "Name"),
    COLUMN("parentId", CELL_TEXT, "上级", "Parent"),
    COLUMN("phone", CELL_TEXT, "电话", "Phone"),
    COLUMN("polygons", CELL_COUNT, "多边形", "Polygons"),
    COLUMN("etag", CELL_TEXT, "版本", "Etag"),
};
static const struct param node_list_params[] = {
    OPTIONAL("PARENT", TYPE_TEXT, "parentId", "上级节点，默认为根", "whose children; default: the root's"),
    SWITCH(0, "polygons", "withPolygons", "连同多边形（见 -o json）", "with their polygons (see -o json)"),
};
static const struct param node_params[] = {ARG("NODE", TYPE_TEXT, "nodeId", "节点编号", "the node's id")};
static const struct param node_new_params[] = {
    ARG("NAME", TYPE_TEXT, "node.name", "名称", "name"),
    {.name = "kind",
     .letter = 'k',
     .type = TYPE_CHOICE,
     .required = true,
     .field = "node.kind",
     .choices = "district street community grid",
     .prefix = "NODE_KIND_",
     .zh = "级别",
     .en = "what it is"},
    NEEDED('p', "parent", "NODE", TYPE_TEXT, "node.parentId", "上级节点", "what it belongs to"),
    FLAG('c', "code", "CODE", TYPE_TEXT, "node.code", "编码，辖区内唯一", "the name other systems know it by"),
    FLAG(0, "phone", "PHONE", TYPE_TEXT, "node.phone", "电话", "phone number"),
};
static const struct param node_set_params[] = {
    ARG("NODE", TYPE_TEXT, "node.id", "节点号", "the unit's id"),
    FLAG('n', "name", "NAME", TYPE_TEXT, "node.name", "名称", "name"),
    FLAG('c', "code", "CODE", TYPE_TEXT, "node.code", "编码，辖区内唯一", "the name other systems know it by"),
    FLAG(0, "phone", "PHONE", TYPE_TEXT, "node.phone", "电话", "phone number"),
    FLAG(0, "etag", "ETAG", TYPE_TEXT, "node.etag", "仅当此后无人改动时执行", "only if nobody has changed it since"),
};
static const struct param locate_params[] = {
    ARG("LAT,LON", TYPE_POINT, "point", "纬度,经度", "where"),
};
static const struct param grid_import_params[] = {
    ARG("FILE", TYPE_FILE, NULL, "GeoJSON 文件，- 为标准输入", "a GeoJSON file; - is standard input"),
    NEEDED('p', "parent", "NODE", TYPE_TEXT, NULL, "所属社区", "the community they belong to"),
    FLAG('c', "code-property", "NAME", TYPE_TEXT, NULL, "作编码的属性名", "the property that holds the code"),
    FLAG('n', "name-property", "NAME", TYPE_TEXT, NULL, "作名称的属性名，默认 name",
	 "the property that holds the name; default: name"),
    SWITCH(0, "skip", NULL, "跳过有错的要素，导入其余", "leave out features that are wrong and import the others"),
    SWITCH(0, "dry-run", NULL, "只检查，不导入", "check only, import nothing"),
};
static const struct command grid_commands[] = {
    {.verb = "list",
     .method = "OrgService/ListNodes",
     PARAMS(node_list_params),
     .shape = SHAPE_LIST,
     .rows = "nodes",
     COLUMNS(node_columns),
     .zh = "列出下级节点",
     .en = "List the units below a unit"},
    {.verb = "show",
     .method = "OrgService/GetNode",
     PARAMS(node_params),
     .shape = SHAPE_RECORD,
     .rows = "node",
     COLUMNS(node_card),
     .zh = "查看一个节点",
     .en = "Show a unit"},
    {.verb = "new",
     .method = "OrgService/CreateNode",
     PARAMS(node_new_params),
     .shape = SHAPE_RECORD,
     .rows = "node",
     COLUMNS(node_card),
     .zh = "新建街道、社区或网格",
     .en = "Make a street, community or grid"},
    {.verb = "set",
     .method = "OrgService/UpdateNode",
     PARAMS(node_set_params),
     .shape = SHAPE_RECORD,
     .rows = "node",
     COLUMNS(node_card),
     .mask = "updateMask",
     .mask_parent = "node",
     .zh = "修改节点的名称、编码或电话，只改给出的各项",
     .en = "Change a unit's name, code or phone, leave the rest",
     .example = "grid set n0000002 -n 和平社区\n"},
    {.verb = "locate",
     .method = "OrgService/LocatePoint",
     PARAMS(locate_params),
     .shape = SHAPE_RECORD,
     .rows = "grid",
     COLUMNS(node_card),
     .zh = "某地属于哪个网格",
     .en = "Say which grid a point lies in"},
    {.verb = "import",
     PARAMS(grid_import_params),
     .run = run_grid_import,
     .zh = "从 GeoJSON 导入网格",
     .en = "Import grids from GeoJSON",
     .more_zh = "读取 Polygon 和 MultiPolygon。编码已存在的网格会被替换。没有 --code-property 时依次取属性 "
		"code、id、grid_id、grid、"
		"name，或唯一的属性。",
     .more_en =
	 "Reads Polygon and MultiPolygon features. A grid whose code exists is replaced. Without --code-property the "
	 "code is the property code, id, grid_id, grid or name, or the only one there is.",
     .example = "grid import grids.geojson --parent n0000002 --code-property ward_precinct\n"},
};
const struct noun noun_grid = NOUN("grid", GROUP_SETUP, grid_commands, "组织树与网格", "The org tree and its grids");

/* --- buildings, households, residents --- */

static const struct column building_card[] = {
    COLUMN("id", CELL_TEXT, "楼栋", "Building"),
    COLUMN("name", CELL_TEXT, "名称", "Name"),
    COLUMN("gridId", CELL_TEXT, "网格", "Grid"),
    COLUMN("point", CELL_POINT, "位置", "Point"),
};
static const struct param building_new_params[] = {
    ARG("NAME", TYPE_TEXT, "building.name", "名称", "name"),
    NEEDED(0, "at", "LAT,LON", TYPE_POINT, "building.point", "位置", "where it stands"),
    FLAG('g', "grid", "GRID", TYPE_TEXT, "building.gridId", "网格，默认按位置", "default: by where it stands"),
};
static const struct param building_params[] = {
    ARG("BUILDING", TYPE_TEXT, "buildingId", "楼栋编号", "the building's id")};
static const struct column building_columns[] = {
    COLUMN("id", CELL_TEXT, "楼栋", "BUILDING"),
    COLUMN("name", CELL_TEXT, "名称", "NAME"),
    COLUMN("gridId", CELL_TEXT, "网格", "GRID"),
};
static const struct param building_list_params[] = {
    FLAG('g', "grid", "GRID", TYPE_TEXT, "gridId", "只看此网格", "of this grid only"),
};
static const struct command building_commands[] = {
    {.verb = "list",
     .method = "OrgService/ListBuildings",
     PARAMS(building_list_params),
     .shape = SHAPE_LIST,
     .rows = "buildings",
     COLUMNS(building_columns),
     .zh = "列出楼栋",
     .en = "List buildings"},
    {.verb = "new",
     .method = "OrgService/CreateBuilding",
     PARAMS(building_new_params),
     .shape = SHAPE_RECORD,
     .rows = "building",
     COLUMNS(building_card),
     .zh = "登记楼栋",
     .en = "Register a building"},
    {.verb = "show",
     .method = "OrgService/GetBuilding",
     PARAMS(building_params),
     .shape = SHAPE_RECORD,
     .rows = "building",
     COLUMNS(building_card),
     .zh = "查看楼栋",
     .en = "Show a building"},
};
const struct noun noun_building = NOUN("building", GROUP_SETUP, building_commands, "楼栋", "Buildings");

static const struct column household_card[] = {
    COLUMN("id", CELL_TEXT, "住户", "Household"),
    COLUMN("address", CELL_TEXT, "地址", "Address"),
    COLUMN("buildingId", CELL_TEXT, "楼栋", "Building"),
    COLUMN("gridId", CELL_TEXT, "网格", "Grid"),
    COLUMN("responsibleMemberId", CELL_TEXT, "包保队员", "Responsible member"),
    COLUMN("tags", CELL_NAMES, "标签", "Tags"),
};
static const struct param household_new_params[] = {
    ARG("BUILDING", TYPE_TEXT, "household.buildingId", "楼栋编号", "the building's id"),
    ARG("ADDRESS", TYPE_TEXT, "household.address", "门牌", "door, floor, flat"),
    FLAG('m', "responsible", "MEMBER", TYPE_TEXT, "household.responsibleMemberId", "包保队员",
	 "who is responsible for it"),
    FLAGS('t', "tag", "WORD", TYPE_TEXT, "household.tags", "标签，如 独居", "such as lives-alone"),
};
static const struct param household_params[] = {
    ARG("HOUSEHOLD", TYPE_TEXT, "householdId", "住户编号", "the household's id")};
static const struct param responsible_params[] = {
    ARG("HOUSEHOLD", TYPE_TEXT, "householdId", "住户编号", "the household's id"),
    OPTIONAL("MEMBER", TYPE_TEXT, "memberId", "队员号，不填为取消", "who; nobody when left out"),
};
static const struct column household_columns[] = {
    COLUMN("id", CELL_TEXT, "住户", "HOUSEHOLD"),
    COLUMN("address", CELL_TEXT, "地址", "ADDRESS"),
    COLUMN("responsibleMemberId", CELL_TEXT, "包保队员", "RESPONSIBLE"),
    COLUMN("tags", CELL_NAMES, "标签", "TAGS"),
};
static const struct param household_list_params[] = {
    ARG("BUILDING", TYPE_TEXT, "buildingId", "楼栋编号", "the building's id")};
static const struct command household_commands[] = {
    {.verb = "list",
     .method = "OrgService/ListHouseholds",
     PARAMS(household_list_params),
     .shape = SHAPE_LIST,
     .rows = "households",
     COLUMNS(household_columns),
     .zh = "列出楼栋的住户",
     .en = "List the households of a building"},
    {.verb = "new",
     .method = "OrgService/CreateHousehold",
     PARAMS(household_new_params),
     .shape = SHAPE_RECORD,
     .rows = "household",
     COLUMNS(household_card),
     .zh = "登记住户",
     .en = "Register a household"},
    {.verb = "show",
     .method = "OrgService/GetHousehold",
     PARAMS(household_params),
     .shape = SHAPE_RECORD,
     .rows = "household",
     COLUMNS(household_card),
     .zh = "查看住户",
     .en = "Show a household"},
    {.verb = "responsible",
     .method = "OrgService/SetResponsibleMember",
     PARAMS(responsible_params),
     .shape = SHAPE_RECORD,
     .rows = "household",
     COLUMNS(household_card),
     .zh = "指定包保队员",
     .en = "Say which member is responsible for it"},
};
const struct noun noun_household =
    NOUN("household", GROUP_SETUP, household_commands, "住户与包保", "Households and who is responsible for them");

static const struct column resident_card[] = {
    COLUMN("id", CELL_TEXT, "居民", "Resident"),
    COLUMN("name", CELL_TEXT, "姓名", "Name"),
    COLUMN("phone", CELL_TEXT, "电话", "Phone"),
    COLUMN("householdId", CELL_TEXT, "住户", "Household"),
    COLUMN("proxyIds", CELL_NAMES, "可代下单者", "Proxies"),
};
static const struct param resident_new_params[] = {
    ARG("NAME", TYPE_TEXT, "resident.name", "姓名", "name"),
    NEEDED('H', "household", "HOUSEHOLD", TYPE_TEXT, "resident.householdId", "住户编号", "where they live"),
    FLAG(0, "phone", "PHONE", TYPE_TEXT, "resident.phone", "电话", "phone number"),
    FLAGS(0, "proxy", "RESIDENT", TYPE_TEXT, "resident.proxyIds", "可代其下单的居民", "who may order for them"),
};
static const struct param resident_params[] = {
    ARG("RESIDENT", TYPE_TEXT, "residentId", "居民编号", "the resident's id")};
static const struct param proxies_params[] = {
    ARG("RESIDENT", TYPE_TEXT, "residentId", "居民编号", "the resident's id"),
    FLAGS('p', "proxy", "RESIDENT", TYPE_TEXT, "proxyIds", "可代其下单的居民；不填为无人", "who; nobody when left out"),
};
static const struct column caller_columns[] = {
    COLUMN("resident.id", CELL_TEXT, "居民", "RESIDENT"),   COLUMN("resident.name", CELL_TEXT, "姓名", "NAME"),
    COLUMN("resident.phone", CELL_TEXT, "电话", "PHONE"),   COLUMN("building.name", CELL_TEXT, "楼栋", "BUILDING"),
    COLUMN("household.id", CELL_TEXT, "住户", "HOUSEHOLD"), COLUMN("household.tags", CELL_NAMES, "标签", "TAGS"),
};
static const struct param resident_find_params[] = {
    OPTIONAL("PHONE", TYPE_TEXT, "phone", "电话，或其末四位", "the phone number, or its last four digits"),
    FLAG('H', "household", "HOUSEHOLD", TYPE_TEXT, "householdId", "或者：住在此住户", "or: who lives there"),
};
static const struct command resident_commands[] = {
    {.verb = "find",
     .method = "OrgService/FindResidents",
     PARAMS(resident_find_params),
     .shape = SHAPE_LIST,
     .rows = "callers",
     COLUMNS(caller_columns),
     .zh = "按电话或住户查找居民",
     .en = "Find residents by phone or household",
     .example = "resident find 13800000001\nresident find 0001\nresident find --household h0000012\n"},
    {.verb = "new",
     .method = "OrgService/CreateResident",
     PARAMS(resident_new_params),
     .shape = SHAPE_RECORD,
     .rows = "resident",
     COLUMNS(resident_card),
     .zh = "登记居民",
     .en = "Register a resident"},
    {.verb = "show",
     .method = "OrgService/GetResident",
     PARAMS(resident_params),
     .shape = SHAPE_RECORD,
     .rows = "resident",
     COLUMNS(resident_card),
     .zh = "查看居民",
     .en = "Show a resident"},
    {.verb = "proxies",
     .method = "OrgService/SetProxies",
     PARAMS(proxies_params),
     .shape = SHAPE_RECORD,
     .rows = "resident",
     COLUMNS(resident_card),
     .zh = "设定谁可以代其下单",
     .en = "Say who may order for a resident"},
};
const struct noun noun_resident = NOUN("resident", GROUP_SETUP, resident_commands, "居民", "Residents");

/* --- categories --- */

static const struct column category_columns[] = {
    COLUMN("id", CELL_TEXT, "编号", "CATEGORY"),         COLUMN("code", CELL_TEXT, "编码", "CODE"),
    COLUMN("nameZh", CELL_TEXT, "中文名", "中文"),       COLUMN("nameEn", CELL_TEXT, "英文名", "NAME"),
    COLUMN("urgency", CELL_ENUM, "紧急程度", "URGENCY"), COLUMN("slots", CELL_COUNT, "岗位", "SLOTS"),
    SPARE("slots*skill", CELL_NAMES, "技能", "SKILLS"),  SPARE("points.perOrder", CELL_NUMBER, "基础分", "POINTS"),
    SPARE("private", CELL_FLAG, "私密", "PRIVATE"),
};
static const struct param category_put_params[] = {
    ARG("CODE", TYPE_TEXT, "category.code", "编码", "the name other systems know it by"),
    FLAG(0, "id", "CATEGORY", TYPE_TEXT, "category.id", "要修改的类别，不填为新建", "which to change; none: a new one"),
    NEEDED(0, "zh", "NAME", TYPE_TEXT, "category.nameZh", "中文名", "name in Chinese"),
    FLAG(0, "en", "NAME", TYPE_TEXT, "category.nameEn", "英文名", "name in English"),
    CHOICE('u', "urgency", "danger urgent normal complex", "URGENCY_", "category.urgency", "紧急程度，默认普通",
	   "default: normal"),
    FLAGS('s', "slot", "SKILL", TYPE_SLOT, "category.slots", "岗位所需技能；不限用 any，优先而非必须加 ?",
	  "a place and the skill it needs; any for none, SKILL? when wished for only"),
    FLAG('b', "per-order", "N", TYPE_UINT, "category.points.perOrder", "基础分", "points for doing it"),
    FLAG(0, "per-quarter", "N", TYPE_UINT, "category.points.perQuarterHour", "每 15 分钟加分",
	 "points for every 15 minutes"),
    FLAG(0, "bonus", "N", TYPE_UINT, "category.points.ratingBonus", "四星以上加分", "points for four and five stars"),
    FLAG(0, "daily-cap", "N", TYPE_UINT, "category.points.dailyCap", "每人每日上限", "points a member and day at most"),
    SWITCH(0, "no-points", "category.points.none", "不计分", "earns nothing"),
    SWITCH(0, "two-person", "category.twoPerson", "须两人同行", "two must go together"),
    SWITCH(0, "private", "category.private", "内容仅派单台和接单队员可见", "shown to the desk and who holds it only"),
    SWITCH(0, "complaint", "category.complaint", "投诉类", "it is a complaint"),
    SWITCH(0, "code-required", "category.codeRequired", "完成须凭完成码", "completion needs the beneficiary's code"),
    FLAG(0, "etag", "ETAG", TYPE_TEXT, "category.etag", "仅当此后无人改动时执行",
	 "only if nobody has changed it since"),
};
static const struct command category_commands[] = {
    {.verb = "list",
     .method = "OrgService/ListCategories",
     .shape = SHAPE_LIST,
     .rows = "categories",
     COLUMNS(category_columns),
     .zh = "列出类别",
     .en = "List categories"},
    {.verb = "put",
     .method = "OrgService/PutCategory",
     PARAMS(category_put_params),
     .shape = SHAPE_ROW,
     .rows = "category",
     COLUMNS(category_columns),
     .zh = "新建或替换类别",
     .en = "Make or replace a category",
     .example = "category put plumbing --zh 水管维修 --en Plumbing -u urgent -s plumber --per-order 20 --bonus 5\n"},
};
const struct noun noun_category = NOUN("category", GROUP_SETUP, category_commands, "类别", "Kinds of orders");
