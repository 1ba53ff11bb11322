# SPDX-License-Identifier: Apache-2.0
# Builds of an interface package only what rclpy over rmw_fastrtps loads, at the least cost.
#
# CMake includes this file after project() (CMAKE_PROJECT_INCLUDE), so that the packages keep a CMakeLists.txt that is
# the same everywhere. rclpy imports the module of rosidl_typesupport_c, which finds two type supports for
# rmw_fastrtps_cpp: rosidl_typesupport_fastrtps_c serialises, and rosidl_typesupport_introspection_c describes the type of
# a topic to other DDS participants. Nothing in Python loads the C++ classes or their type support, and compiling those
# is most of the work.

find_package(ament_cmake REQUIRED)
find_package(rosidl_default_generators QUIET)
if(NOT rosidl_default_generators_FOUND)
  return()
endif()

# The generators have registered themselves by now, each once: a later find_package() does not repeat it.
set(_pinch_generators rosidl_generator_type_description rosidl_generator_c rosidl_typesupport_fastrtps_c
  rosidl_typesupport_introspection_c rosidl_typesupport_c rosidl_generator_py)
list(JOIN _pinch_generators "|" _pinch_pattern)
list(FILTER AMENT_EXTENSIONS_rosidl_generate_idl_interfaces INCLUDE REGEX "^(${_pinch_pattern}):")

# Parsing an interface takes a generator longer than writing code for it.
foreach(_generator ${_pinch_generators})
  set(${_generator}_BIN "${CMAKE_CURRENT_LIST_DIR}/parse_once.py;${${_generator}_BIN}")
endforeach()

# Most files spend their time on headers that they share, so they are compiled together. The descriptions cannot be: each
# defines the same static names.
function(_pinch_compile_together)
  foreach(_generator ${_pinch_generators})
    set(_target ${PROJECT_NAME}__${_generator})
    if(TARGET ${_target})
      set_target_properties(${_target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
      get_target_property(_sources ${_target} SOURCES)
      list(FILTER _sources INCLUDE REGEX "__description\\.c$")
      set_source_files_properties(${_sources} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
endfunction()
cmake_language(DEFER CALL _pinch_compile_together)

# Each line of make's progress starts CMake once more.
set_property(GLOBAL PROPERTY RULE_MESSAGES OFF)
