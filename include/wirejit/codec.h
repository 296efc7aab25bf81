/// @file
/// All that codecs of C++ types are made with: formats, options, and the engine. Codecs of records
/// are in record_codec.h.
#pragma once

#include <wirejit/engine.h>
#include <wirejit/format.h>
#include <wirejit/options.h>
