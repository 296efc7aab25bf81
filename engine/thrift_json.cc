// Thrift's JSON protocols. They are made of json/ and of what thrift/ knows of schemas; these
// folders do not include each other.
// Entry: thrift::json, thrift::simple_json. Invariant: they are initialized at compile time.
#include "json/thrift.h"
#include "thrift/wire.h"

#include <wirejit/thrift.h>

namespace wirejit::thrift {

namespace {

constinit const wirejit::json::ThriftFormat json_format(check_struct);
constinit const wirejit::json::SimpleFormat simple_json_format(check_struct);

}  // namespace

constinit const Format json(&json_format);
constinit const Format simple_json(&simple_json_format);

}  // namespace wirejit::thrift
