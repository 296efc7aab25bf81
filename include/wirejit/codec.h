/// @file
/// All that codecs are made with: formats, options, the engine, and codecs of records.
#pragma once

#include <wirejit/engine.h>
#include <wirejit/format.h>
#include <wirejit/options.h>
#include <wirejit/record_codec.h>
