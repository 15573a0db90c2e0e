#include "rpc/local.h"

const struct local_method *const local_methods[] = {
    &health_check,
    &health_watch,
    &reflection_v1,
    &reflection_v1alpha,
};
const size_t local_methods_n = sizeof(local_methods) / sizeof(local_methods[0]);
