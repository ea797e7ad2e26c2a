"""Typed views of JSON objects: `Model` is the base of all of them."""

from .model import FieldInfo, Model, ModelMeta, Object, ValidationError

__all__ = ["FieldInfo", "Model", "ModelMeta", "Object", "ValidationError"]
