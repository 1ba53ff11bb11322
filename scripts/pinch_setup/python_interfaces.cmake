# SPDX-License-Identifier: Apache-2.0
# Builds of an interface package only what rclpy over rmw_fastrtps loads, at the least cost.
#
# CMake includes this file after project() (CMAKE_PROJECT_INCLUDE), so that the packages keep a CMakeLists.txt that is
# the same everywhere. rclpy imports the module of rosidl_typesupport_c. That calls the type support of the RMW, which
# for rmw_fastrtps_cpp is rosidl_typesupport_fastrtps_c. Nothing in Python loads the C++ classes, the C++ type support
# or the introspection type support, and compiling them is most of the work.

find_package(ament_cmake REQUIRED)
find_package(rosidl_default_generators QUIET)
if(NOT rosidl_default_generators_FOUND)
  return()
endif()

# The generators have registered themselves by now, each once: a later find_package() does not repeat it.
set(_pinch_generators rosidl_generator_type_description rosidl_generator_c rosidl_typesupport_fastrtps_c
  rosidl_typesupport_c rosidl_generator_py)
list(JOIN _pinch_generators "|" _pinch_pattern)
list(FILTER AMENT_EXTENSIONS_rosidl_generate_idl_interfaces INCLUDE REGEX "^(${_pinch_pattern}):")

# With one type support to choose from, rosidl_typesupport_c links it instead of searching for it at run time.
set(STATIC_ROSIDL_TYPESUPPORT_C rosidl_typesupport_fastrtps_c)

# Parsing an interface takes a generator longer than writing code for it.
foreach(_generator ${_pinch_generators})
  set(${_generator}_BIN "${CMAKE_CURRENT_LIST_DIR}/parse_once.py;${${_generator}_BIN}")
endforeach()

# These files spend most of their time on the same headers, so they are compiled together. Those of
# rosidl_generator_c cannot be: they define the same static names.
function(_pinch_compile_together)
  foreach(_suffix rosidl_typesupport_c rosidl_typesupport_fastrtps_c rosidl_generator_py)
    if(TARGET ${PROJECT_NAME}__${_suffix})
      set_target_properties(${PROJECT_NAME}__${_suffix} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
    endif()
  endforeach()
endfunction()
cmake_language(DEFER CALL _pinch_compile_together)

# Each line of make's progress starts CMake once more.
set_property(GLOBAL PROPERTY RULE_MESSAGES OFF)
