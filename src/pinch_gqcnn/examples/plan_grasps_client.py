# SPDX-License-Identifier: Apache-2.0
"""Ask a running planner for grasps on an image of our own: a box of 4 x 10 x 5 cm on a table 70 cm below.

ros2 run pinch_gqcnn grasp_planner_node      (in one terminal)
python3 plan_grasps_client.py                (in another)
"""

import numpy as np
import rclpy
from pinch_interfaces.action import PlanGrasps
from pinch_interfaces.msg import PlanRequest
from rclpy.action import ActionClient
from sensor_msgs.msg import CameraInfo

from cv_bridge import CvBridge

rclpy.init()
node = rclpy.create_node("plan_grasps_client")
client = ActionClient(node, PlanGrasps, "/grasp_planner/plan_grasps")
client.wait_for_server()

depth = np.full((480, 640), 0.70, dtype=np.float32)  # metres
depth[202:278, 305:335] = 0.65
goal = PlanGrasps.Goal(request=PlanRequest(max_grasps=3), depth=CvBridge().cv2_to_imgmsg(depth, "32FC1"))
goal.depth.header.frame_id = "camera"
goal.camera_info = CameraInfo(width=640, height=480, k=[525.0, 0.0, 319.5, 0.0, 525.0, 239.5, 0.0, 0.0, 1.0])


def answer(ask):
    """What a server answers. Just after discovery DDS may lose it, and rclpy waits for ever: ask again."""
    while True:
        future = ask()
        rclpy.spin_until_future_complete(node, future, timeout_sec=5.0)
        if future.done():
            return future.result()


accepted = answer(lambda: client.send_goal_async(goal))
result = answer(accepted.get_result_async).result
print(f"error_code {result.error_code} {result.error_msg}")
for grasp in result.grasps.grasps:
    p, width_mm, opening_mm = grasp.pose.position, 1e3 * grasp.width, 1e3 * grasp.opening
    print(
        f"quality {grasp.quality:.2f} at ({p.x:.3f}, {p.y:.3f}, {p.z:.3f}) m, "
        f"width {width_mm:.0f} mm, opening {opening_mm:.0f} mm"
    )
