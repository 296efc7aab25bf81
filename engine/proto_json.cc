// ProtoJSON. It uses the formats of json/ and pb/, which do not include each other.
// Entry: pb::json. Invariant: pb::json is initialized at compile time.
#include "json/proto.h"

#include <wirejit/pb.h>

#include <memory>

namespace wirejit::pb {

namespace {

constinit const wirejit::json::ProtoFormat proto_json(wire);

}  // namespace

constinit const FormatWith<wirejit::json::ProtoOptions> json(
    &proto_json, [](const wirejit::json::ProtoOptions& options) {
      return Format(std::make_shared<const wirejit::json::ProtoFormat>(wire, options));
    });

}  // namespace wirejit::pb
