// The declarations of a schema as JSON, for programs.
// Entry: to_json. Invariant: keys are stable; new ones may be added.
#pragma once

#include "json_out.h"

#include <wirejit/schema.h>

namespace wirejit::tools {

void to_json(JsonOut& out, const Schema& schema);  // {"documents": [...]}
void to_json(JsonOut& out, const StructType& s);
void to_json(JsonOut& out, const EnumType& e);
void to_json(JsonOut& out, const Typedef& t);
void to_json(JsonOut& out, const Constant& c);
void to_json(JsonOut& out, const Service& s);
void to_json(JsonOut& out, const Method& m);
void to_json(JsonOut& out, const ConstValue& v);

}  // namespace wirejit::tools
