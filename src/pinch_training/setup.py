# SPDX-License-Identifier: Apache-2.0
from setuptools import setup

setup(
    name="pinch_training",
    version="2.0.0",
    packages=[
        "pinch_training",
        "pinch_training.attempts",
        "pinch_training.cli",
        "pinch_training.evaluation",
        "pinch_training.model_import",
        "pinch_training.training",
    ],
    package_data={"pinch_training": ["py.typed", "evaluation/*.jinja"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/pinch_training"]),
        ("share/pinch_training", ["package.xml"]),
    ],
    install_requires=[
        "setuptools",
        "numpy",
        "rich",
        "torch",
        "safetensors",
        "scipy",
        "scikit-learn",
        "matplotlib",
        "tensorboard",
        "rosbags",
    ],
    zip_safe=True,
    maintainer="pinch developers",
    maintainer_email="pinch@example.org",
    description="Training and evaluation of grasp-quality networks.",
    license="Apache-2.0",
    entry_points={
        "pinch.commands": [
            "train = pinch_training.cli.train:main",
            "finetune = pinch_training.cli.finetune:main",
            "evaluate = pinch_training.cli.evaluate:main",
            "model = pinch_training.cli.model:main",
        ]
    },
)
