/// @file
/// All of wirejit but pb_import.h, which belongs to the component wirejit::protobuf.
#pragma once

#include <wirejit/adapt.h>
#include <wirejit/buffer.h>
#include <wirejit/chain.h>
#include <wirejit/codec.h>
#include <wirejit/doctor.h>
#include <wirejit/engine.h>
#include <wirejit/error.h>
#include <wirejit/format.h>
#include <wirejit/json.h>
#include <wirejit/options.h>
#include <wirejit/pb.h>
#include <wirejit/read_write.h>
#include <wirejit/record.h>
#include <wirejit/record_codec.h>
#include <wirejit/record_visit.h>
#include <wirejit/reflect.h>
#include <wirejit/schema.h>
#include <wirejit/seeded_hash.h>
#include <wirejit/skipper.h>
#include <wirejit/stream.h>
#include <wirejit/thrift.h>
#include <wirejit/unknown_fields.h>
