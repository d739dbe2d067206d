"""Import of Sweet Home 3D files: Home.xml of versions since 5.3, and the Java serialisation of older ones, read as
data.
"""
